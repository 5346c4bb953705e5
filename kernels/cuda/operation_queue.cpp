// SPDX-License-Identifier: MIT
#include "kernels/cuda/operation_queue.h"

#include "kernels/cuda/ops_rows.h"
#include "kernels/cuda/scratch_bound.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <utility>

namespace spoutnik::kernels::cuda {
namespace {

/// A pass knows one or two.
constexpr std::size_t most_positions = 16;
/// Operations that wait for nothing but a transfer must not wait for ever.
constexpr std::size_t most_waiting = 8192;

bool overlap(const Written& written, const RowsToRound& rows) {
    const std::less<const void*> before;
    return before(written.begin, rows.end()) && before(rows.data, written.end);
}

} // namespace

OperationQueue::OperationQueue(const DeviceTraits& device, const QueueOptions& options)
    : device_(device), options_(options) {
    use_device(device_.number);
    positions_ = allocate_device(most_positions * sizeof(std::int64_t));
    if (positions_ == nullptr) throw OutOfMemory("not enough memory on the GPU to begin with");
    try {
        with_.context.stream = make_stream();
    } catch (const DeviceFailure&) {
        free_device(positions_);
        throw;
    }
    with_.context.rounding = &rounding_;
    with_.context.multiprocessors = device_.multiprocessors;
    with_.context.shared_bytes = device_.shared_bytes;
    with_.positions = reinterpret_cast<const std::int64_t*>(positions_); // NOLINT: memory
}

OperationQueue::~OperationQueue() {
    try {
        use_device(device_.number);
        wait_for(stream());
    } catch (const std::exception&) { // the device has failed; there is nobody left to be told
        known_.clear();
    }
    forget_graphs();
    free_stream(stream());
    free_device(with_.context.scratch.data);
    free_device(positions_);
}

// Adding ----------------------------------------------------------------------------------------------------

int OperationQueue::slot_of(std::int64_t position) {
    const auto known = std::ranges::find(waiting_positions_, position);
    if (known != waiting_positions_.end()) return static_cast<int>(known - waiting_positions_.begin());
    if (waiting_positions_.size() == most_positions) flush();
    waiting_positions_.push_back(position);
    return static_cast<int>(waiting_positions_.size()) - 1;
}

void OperationQueue::add(const Operation& operation) {
    const std::size_t bytes = std::visit([](const auto& op) { return op.scratch_bytes(); }, operation);
    if (is_rehearsing_) {
        rehearsed_bytes_ = std::max(rehearsed_bytes_, bytes);
        return;
    }
    ensure_scratch(bytes);
    push(operation);
}

void OperationQueue::add_with_what_is_there(const Operation& operation) {
    if (has_rehearsed_ && !is_rehearsing_) {
        push(operation);
        return;
    }
    try {
        add(operation);
    } catch (const OutOfMemory&) {
        push(operation);
    }
}

void OperationQueue::push(const Operation& operation) {
    waiting_.push_back(operation);
    if (waiting_.size() >= most_waiting) flush();
}

void OperationQueue::begin_rehearsal() {
    flush();
    is_rehearsing_ = true;
    rehearsed_bytes_ = 0;
}

void OperationQueue::end_rehearsal() {
    is_rehearsing_ = false;
    waiting_positions_.clear();
    ensure_scratch(rehearsed_bytes_);
    has_rehearsed_ = true;
}

/// Graphs know the scratch memory by its address: they go with it.
void OperationQueue::ensure_scratch(std::size_t bytes) {
    Scratch& scratch = with_.context.scratch;
    if (bytes <= scratch.bytes) return;
    // A slot that was asked for belongs to the operation that is about to be added.
    const std::vector<std::int64_t> positions = waiting_positions_;
    finish();
    waiting_positions_ = positions;
    forget_graphs();
    free_device(scratch.data);
    scratch = {};
    const std::size_t room = scratch_room(bytes);
    for (const std::size_t wanted : {room, bytes}) {
        scratch.data = allocate_device(wanted);
        if (scratch.data == nullptr) continue;
        scratch.bytes = wanted;
        return;
    }
    throw OutOfMemory("not enough memory on the GPU: " + std::to_string(bytes) +
                      " bytes to work in were asked for");
}

// Going to the device ---------------------------------------------------------------------------------------

void OperationQueue::flush() {
    std::vector<std::int64_t> positions;
    positions.swap(waiting_positions_);
    if (waiting_.empty()) return;
    std::vector<Operation> list;
    list.swap(waiting_); // whatever happens to them, they do not go twice
    use_device(device_.number);
    rounding_.forget();
    ++counts_.lists;
    if (!positions.empty()) store_bytes(with_.context, std::as_bytes(std::span(positions)), positions_);
    if (!try_graph(list)) run(list);
    list.clear();
    waiting_.swap(list); // its memory serves the next list
}

void OperationQueue::finish() {
    flush();
    use_device(device_.number);
    wait_for(stream());
}

void OperationQueue::run(const std::vector<Operation>& list) {
    for (const Operation& operation : list)
        std::visit(
            [this](const auto& op) {
                op.run(with_);
                if (rounding_.block != 0 && overlap(op.written(), rounding_.rows)) rounding_.forget();
            },
            operation);
}

// Graphs ----------------------------------------------------------------------------------------------------

/// False: the list is to be put on the stream operation by operation.
bool OperationQueue::try_graph(const std::vector<Operation>& list) {
    if (options_.shortest_graph == 0 || list.size() < options_.shortest_graph) return false;
    Known* known = find(list);
    if (known == nullptr) {
        learn(list);
        return false;
    }
    known->last_use = counts_.lists;
    if (known->graph == nullptr) known->graph = record(list);
    if (known->graph == nullptr) {
        options_.shortest_graph = 0; // a device or driver that cannot: all goes without
        return false;
    }
    replay(known->graph, stream());
    ++counts_.replays;
    return true;
}

OperationQueue::Known* OperationQueue::find(const std::vector<Operation>& list) {
    const auto known = std::ranges::find(known_, list, &Known::list);
    return known == known_.end() ? nullptr : &*known;
}

void OperationQueue::learn(const std::vector<Operation>& list) {
    if (known_.size() >= std::max<std::size_t>(1, options_.most_graphs)) {
        const auto oldest = std::ranges::min_element(known_, {}, &Known::last_use);
        if (oldest->graph != nullptr) {
            wait_for(stream()); // it may be under way
            free_graph(oldest->graph);
        }
        known_.erase(oldest);
    }
    known_.push_back({list, nullptr, counts_.lists});
}

Graph OperationQueue::record(const std::vector<Operation>& list) {
    begin_recording(stream());
    bool is_whole = true;
    try {
        run(list);
    } catch (const std::exception&) { // said again, and then heard, when the list goes without a graph
        is_whole = false;
    }
    rounding_.forget();
    const Graph graph = end_recording(stream());
    if (graph != nullptr && !is_whole) {
        free_graph(graph);
        return nullptr;
    }
    if (graph != nullptr) ++counts_.graphs;
    return graph;
}

void OperationQueue::forget_graphs() noexcept {
    for (const Known& known : known_)
        if (known.graph != nullptr) free_graph(known.graph);
    known_.clear();
}

} // namespace spoutnik::kernels::cuda

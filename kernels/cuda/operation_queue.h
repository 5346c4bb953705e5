// SPDX-License-Identifier: MIT
// Operations on their way to the device.
//
// They wait in a list until something needs their results: a transfer, a clock, memory that is given back. A
// list that comes again, equal but for the positions of the sequence, is recorded into a graph at its second
// time (at the first its kernels are loaded, which a recording does not allow) and from then on started as
// one: a token of decode costs the host two starts. Nothing has to be told where a pass begins or ends, and
// nothing can be forgotten in a key, since the key is the whole list.
#pragma once

#include "kernels/cuda/device_runtime.h"
#include "kernels/cuda/operations.h"
#include "kernels/cuda/rounded_rows.cuh"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spoutnik::kernels::cuda {

struct QueueOptions {
    /// Shorter lists are put on the stream one by one: between two crossings of a hybrid placement the host
    /// waits for the CPU anyway. 0: no graphs at all.
    std::size_t shortest_graph = 32;
    std::size_t most_graphs = 16; ///< kept; the one unused for the longest time goes first
};

/// What has happened so far.
struct QueueCounts {
    std::uint64_t lists = 0;   ///< that went to the device
    std::uint64_t graphs = 0;  ///< recorded
    std::uint64_t replays = 0; ///< lists that went as a graph
};

/// One device, one stream, one thread at a time. Functions throw DeviceFailure.
class OperationQueue {
  public:
    OperationQueue(const DeviceTraits& device, const QueueOptions& options);
    ~OperationQueue();
    OperationQueue(const OperationQueue&) = delete;
    OperationQueue& operator=(const OperationQueue&) = delete;

    /// Where on the device `position` will be while the operations that are added next run. Asked for before
    /// the operation it belongs to is added.
    int slot_of(std::int64_t position);
    /// Takes the scratch memory that the operation asks for now. Throws OutOfMemory, and has not added it
    /// then.
    void add(const Operation& operation);
    /// The same for an operation that is only slower with less scratch memory: after a rehearsal it does with
    /// what is there.
    void add_with_what_is_there(const Operation& operation);

    /// From now on operations are not kept, only asked for the scratch memory that they want.
    void begin_rehearsal();
    /// Takes as much as the most demanding of them. Throws OutOfMemory; the rehearsal is over in any case.
    void end_rehearsal();
    bool is_rehearsing() const { return is_rehearsing_; }
    std::size_t scratch_bytes() const { return with_.context.scratch.bytes; }

    /// Puts everything on the stream.
    void flush();
    /// Returns when everything is done.
    void finish();
    /// For kernels beside the list, after flush().
    const Context& context() const { return with_.context; }
    Stream stream() const { return with_.context.stream; }
    const DeviceTraits& device() const { return device_; }
    const QueueCounts& counts() const { return counts_; }

  private:
    struct Known {
        std::vector<Operation> list;
        Graph graph = nullptr; ///< null: seen once
        std::uint64_t last_use = 0;
    };

    void push(const Operation& operation);
    void ensure_scratch(std::size_t bytes);
    void run(const std::vector<Operation>& list);
    bool try_graph(const std::vector<Operation>& list);
    Known* find(const std::vector<Operation>& list);
    void learn(const std::vector<Operation>& list);
    Graph record(const std::vector<Operation>& list);
    void forget_graphs() noexcept;

    DeviceTraits device_;
    QueueOptions options_;
    Surroundings with_;
    RoundingMemo rounding_;
    std::byte* positions_ = nullptr; ///< on the device
    std::vector<Operation> waiting_;
    std::vector<std::int64_t> waiting_positions_;
    std::vector<Known> known_;
    QueueCounts counts_;
    bool is_rehearsing_ = false;
    bool has_rehearsed_ = false;
    std::size_t rehearsed_bytes_ = 0;
};

} // namespace spoutnik::kernels::cuda

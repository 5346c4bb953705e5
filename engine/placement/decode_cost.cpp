// SPDX-License-Identifier: MIT
#include "engine/placement/decode_cost.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <sys/mman.h>

#include <fmt/format.h>

namespace spoutnik::engine {
namespace {

using Clock = std::chrono::steady_clock;
using kernels::Backend;
using kernels::Format;
using kernels::Heads;
using kernels::Home;
using kernels::Matrix;
using kernels::Tensor;

constexpr std::size_t largest_block = std::size_t{192} << 20U;
constexpr std::size_t smallest_block = std::size_t{16} << 20U;
/// A piece that takes more than this share of the block is cut, and its time drawn out again.
constexpr std::size_t pieces_of_block = 8;
/// How far along attention is measured: far enough that its start does not show.
constexpr std::int64_t rows_seen = 4096;
/// A file's rows may be cut here in every format.
constexpr std::int64_t widest_block = 256;
/// In every format this byte makes ordinary numbers, none of them subnormal.
constexpr std::byte ordinary{0x3C};

/// Memory whose pages lie side by side, as those of a file mostly do that was read in one go: scattered pages
/// of 4 KB are read a fifth more slowly. It holds something: pages that nobody wrote to would all be the one
/// page of zeros.
class LentMemory {
  public:
    explicit LentMemory(std::size_t bytes) : bytes_(bytes) {
        data_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (data_ == MAP_FAILED) // NOLINT: a macro with a cast
            throw kernels::OutOfMemory(fmt::format("not enough memory: {} bytes asked for", bytes));
        ::madvise(data_, bytes, MADV_HUGEPAGE); // a wish
        std::memset(data_, static_cast<int>(ordinary), bytes);
    }
    ~LentMemory() { ::munmap(data_, bytes_); }
    LentMemory(const LentMemory&) = delete;
    LentMemory& operator=(const LentMemory&) = delete;

    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), bytes_}; }

  private:
    void* data_;
    std::size_t bytes_;
};

/// Weights that were not read for a long time: each call gets the next stretch of a block that is larger
/// than the processor's caches.
class ColdMemory {
  public:
    ColdMemory(Backend& backend, std::size_t bytes)
        : pages_(bytes), on_device_(backend.adopt(pages_.bytes())) {}

    std::size_t bytes() const { return on_device_->bytes(); }
    std::byte* take(std::size_t bytes) {
        constexpr std::size_t line = 64;
        if (bytes > this->bytes() - next_) next_ = 0;
        std::byte* stretch = on_device_->data() + next_;
        next_ += (bytes + line - 1) / line * line;
        next_ = std::min(next_, this->bytes());
        return stretch;
    }

  private:
    LentMemory pages_;
    std::unique_ptr<kernels::Buffer> on_device_;
    std::size_t next_ = 0;
};

/// Floats that the widest piece of a token's work takes or gives.
std::int64_t widest_row(const TokenWork& work) {
    const AttentionShape& a = work.attention;
    std::int64_t widest = std::max(
        {work.hidden, work.vocabulary, work.experts, a.heads * a.key_width, a.heads * a.value_width});
    for (const auto& [shape, times] : work.products)
        widest = std::max(widest, std::max(shape.rows, shape.cols) * shape.count);
    return widest;
}

/// The pieces of a token, each done once a call. A call returns its seconds.
class Rehearsal {
  public:
    Rehearsal(Backend& backend, const TokenWork& work, Format cache_format, std::size_t bytes)
        : backend_(backend), work_(work), cache_format_(cache_format), memory_(backend, bytes),
          x_(floats(widest_row(work))), out_(floats(widest_row(work))), ids_(backend.allocate(id_bytes())),
          weights_(floats(std::max<std::int64_t>(1, work.experts_used))) {
        if (!work.routed_in_ram.empty()) ram_.emplace(backend.keeper_of(Home::host), bytes);
        scatter_experts();
    }

    /// A matrix of plain floats that takes a whole piece of the block. Its bytes are `plain_bytes()`.
    double plain_floats() { return seconds_of_product(backend_, plain_matrix(), Home::device, x_, out_); }
    /// The same in RAM, by the CPU alone.
    double plain_floats_in_ram() {
        Backend& cpu = backend_.keeper_of(Home::host);
        if (!ram_x_) {
            ram_x_ = floats(cpu, widest_row(work_));
            ram_out_ = floats(cpu, widest_row(work_));
        }
        return seconds_of_product(cpu, plain_matrix(), Home::host, ram_x_, ram_out_);
    }
    std::size_t plain_bytes() const {
        const std::size_t row = 4 * static_cast<std::size_t>(work_.hidden);
        const std::size_t most = static_cast<std::size_t>(widest_row(work_)) * row;
        return std::min(piece_bytes(), most) / row * row;
    }

    double product(const ProductShape& shape) {
        const std::size_t row =
            kernels::bytes_of(shape.format, shape.cols) * static_cast<std::size_t>(shape.count);
        const auto fitting = static_cast<std::int64_t>(piece_bytes() / std::max<std::size_t>(1, row));
        ProductShape part = shape;
        part.rows = std::clamp<std::int64_t>(fitting, 1, shape.rows);
        return multiply(part) * static_cast<double>(shape.rows) / static_cast<double>(part.rows);
    }

    /// The chosen experts lie apart, as a gate chooses them: every second one of a stretch.
    double routed_experts(const ExpertShape& shape, Home home) {
        const auto each = [&](std::int64_t ff) {
            return std::max({kernels::bytes_of(shape.gate, work_.hidden) * static_cast<std::size_t>(ff),
                             kernels::bytes_of(shape.up, work_.hidden) * static_cast<std::size_t>(ff),
                             kernels::bytes_of(shape.down, ff) * static_cast<std::size_t>(work_.hidden)});
        };
        std::int64_t ff = shape.ff;
        while (each(ff) > piece_bytes() / 2 && ff > widest_block)
            ff = (ff / 2 + widest_block - 1) / widest_block * widest_block;
        const auto fitting = static_cast<std::int64_t>(piece_bytes() / 2 / each(ff));
        const std::int64_t used = std::clamp<std::int64_t>(fitting, 1, work_.experts_used);
        const double seconds = seconds_of([&] {
            const Matrix gate = cold({shape.gate, ff, work_.hidden, 2 * used}, home);
            const Matrix up = cold({shape.up, ff, work_.hidden, 2 * used}, home);
            const Matrix down = cold({shape.down, work_.hidden, ff, 2 * used}, home);
            backend_.expert_ffn(gate, up, down, row(x_, work_.hidden),
                                reinterpret_cast<const std::int32_t*>(ids_->data()), // NOLINT: memory
                                at(weights_), used, row(out_, work_.hidden));
        });
        const double part =
            static_cast<double>(used * ff) / static_cast<double>(work_.experts_used * shape.ff);
        return seconds / part;
    }

    /// Of one layer, for the token at `position`.
    double attention(std::int64_t position) {
        const AttentionShape& a = work_.attention;
        const auto heads = [&](const std::unique_ptr<kernels::Buffer>& buffer, std::int64_t width) {
            return Heads{at(buffer), 1, a.heads, width, a.heads * width, width};
        };
        const Heads q = heads(x_, a.key_width);
        const Heads out = heads(out_, a.value_width);
        constexpr float scale = 1.0F;
        if (a.kv_heads == 0) {
            return seconds_of([&] {
                const kernels::CacheRows latents = cold_rows(a.key_width, position + 1);
                backend_.latent_attention(q, latents, position, a.value_width, scale, out);
            });
        }
        return seconds_of([&] {
            const kernels::CacheRows keys = cold_rows(a.kv_heads * a.key_width, position + 1);
            const kernels::CacheRows values = cold_rows(a.kv_heads * a.value_width, position + 1);
            backend_.head_attention(q, keys, values, a.kv_heads, position, scale, out);
        });
    }
    /// The furthest that attention() can be measured.
    std::int64_t last_position(std::int64_t context) const {
        const AttentionShape& a = work_.attention;
        const std::int64_t width = std::max(a.key_width, a.kv_heads * std::max(a.key_width, a.value_width));
        const auto fitting =
            static_cast<std::int64_t>(memory_.bytes() / 4 / kernels::bytes_of(cache_format_, width));
        return std::max<std::int64_t>(1, std::min({rows_seen, context, fitting}) - 1);
    }

    /// What a layer does beside products and attention: two norms, two sums, and in most models two more
    /// norms or biases; SwiGLU; the choice of experts.
    double small_operations() {
        const Tensor x = row(x_, work_.hidden);
        const Tensor out = row(out_, work_.hidden);
        return seconds_of([&] {
            for (int i = 0; i < 4; ++i) {
                backend_.rms_norm(x, at(x_), 1e-6F, out);
                backend_.add(x, out);
            }
            backend_.swiglu(x, x, out);
            if (work_.experts_used == 0) return;
            const kernels::RoutingRule rule{.experts_used = work_.experts_used};
            backend_.route_experts(row(x_, work_.experts), nullptr, rule,
                                   reinterpret_cast<std::int32_t*>(chosen_->data()), // NOLINT: memory
                                   at(out_));
        });
    }
    /// Logits leave the device, and the sampler looks at each.
    double logits() {
        return seconds_of([&] {
            std::vector<float> host(static_cast<std::size_t>(work_.vocabulary));
            backend_.download(out_->data(), std::as_writable_bytes(std::span(host)));
            best_ = std::ranges::max_element(host) - host.begin();
        });
    }

  private:
    std::size_t piece_bytes() const { return memory_.bytes() / pieces_of_block; }
    std::size_t id_bytes() const {
        return static_cast<std::size_t>(std::max<std::int64_t>(1, work_.experts_used)) * sizeof(std::int32_t);
    }

    /// Of one call. A device may return before it is done, and takes its time to begin: several calls share
    /// both.
    template <class Call>
    double seconds_of(Call&& call) {
        const auto start = Clock::now();
        for (int i = 0; i < calls_at_once_; ++i)
            call();
        backend_.synchronize();
        return std::chrono::duration<double>(Clock::now() - start).count() / calls_at_once_;
    }

    std::unique_ptr<kernels::Buffer> floats(std::int64_t count) { return floats(backend_, count); }
    static std::unique_ptr<kernels::Buffer> floats(Backend& backend, std::int64_t count) {
        auto buffer = backend.allocate(static_cast<std::size_t>(count) * sizeof(float));
        const std::vector<std::byte> filled(buffer->bytes(), ordinary);
        backend.upload(filled, buffer->data());
        return buffer;
    }
    ProductShape plain_matrix() const {
        const std::int64_t rows = static_cast<std::int64_t>(plain_bytes()) / (4 * work_.hidden);
        return {Format::f32, rows, work_.hidden};
    }
    void scatter_experts() {
        std::vector<std::int32_t> ids(id_bytes() / sizeof(std::int32_t));
        for (std::size_t i = 0; i < ids.size(); ++i)
            ids[i] = static_cast<std::int32_t>(2 * i);
        backend_.upload(std::as_bytes(std::span(ids)), ids_->data());
    }
    static float* at(const std::unique_ptr<kernels::Buffer>& buffer) {
        return reinterpret_cast<float*>(buffer->data()); // NOLINT: memory
    }
    static Tensor row(const std::unique_ptr<kernels::Buffer>& buffer, std::int64_t cols) {
        return {at(buffer), 1, cols, cols};
    }
    Matrix cold(const ProductShape& s, Home home = Home::device) {
        const std::size_t each = kernels::bytes_of(s.format, s.cols) * static_cast<std::size_t>(s.rows);
        ColdMemory& memory = home == Home::host ? *ram_ : memory_;
        std::byte* data = memory.take(each * static_cast<std::size_t>(s.count));
        return {data, s.format, s.rows, s.cols, s.count, each, home};
    }
    kernels::CacheRows cold_rows(std::int64_t width, std::int64_t rows) {
        return {memory_.take(static_cast<std::size_t>(rows) * kernels::bytes_of(cache_format_, width)),
                cache_format_, width, rows};
    }
    double seconds_of_product(Backend& backend, const ProductShape& shape, Home home,
                              const std::unique_ptr<kernels::Buffer>& x,
                              const std::unique_ptr<kernels::Buffer>& out) {
        return seconds_of(
            [&] { backend.matmul(cold(shape, home), row(x, shape.cols), row(out, shape.rows)); });
    }
    double multiply(const ProductShape& shape) {
        if (shape.count == 1) return seconds_of_product(backend_, shape, Home::device, x_, out_);
        const auto heads = [&](const std::unique_ptr<kernels::Buffer>& buffer, std::int64_t width) {
            return Heads{at(buffer), 1, shape.count, width, shape.count * width, width};
        };
        return seconds_of(
            [&] { backend_.matmul_per_head(cold(shape), heads(x_, shape.cols), heads(out_, shape.rows)); });
    }

    Backend& backend_;
    const TokenWork& work_;
    Format cache_format_;
    int calls_at_once_ = backend_.name() == "cpu" ? 1 : 8;
    ColdMemory memory_;
    std::optional<ColdMemory> ram_; ///< where a plan leaves experts beside the device
    std::unique_ptr<kernels::Buffer> ram_x_, ram_out_;
    std::unique_ptr<kernels::Buffer> x_, out_;
    std::unique_ptr<kernels::Buffer> ids_, weights_;
    std::unique_ptr<kernels::Buffer> chosen_ = backend_.allocate(id_bytes());
    std::ptrdiff_t best_ = 0;
};

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

/// A piece of the work, done `times` times for a token; its seconds are added to `sum`.
struct Piece {
    double times;
    double& sum;
    std::function<double()> rehearse;
    std::vector<double> seconds{};
};

/// All pieces in turn until the time is over: none of them has the caches, or a slow moment of the machine,
/// for itself.
void rehearse(std::vector<Piece>& pieces, Clock::time_point end) {
    constexpr int fewest_rounds = 3;
    for (int round = 0; round < fewest_rounds || Clock::now() < end; ++round)
        for (Piece& piece : pieces)
            piece.seconds.push_back(piece.rehearse());
    for (Piece& piece : pieces)
        piece.sum += piece.times * median(piece.seconds);
}

} // namespace

DecodeCost measure_decode(Backend& backend, const Plan& plan, std::chrono::milliseconds duration) {
    const auto end = Clock::now() + duration;
    const TokenWork& work = plan.work;
    const std::size_t bytes = std::clamp(backend.memory().free_bytes / 8, smallest_block, largest_block);
    Rehearsal token(backend, work, plan.request.cache_format, bytes);
    const std::int64_t last = token.last_position(plan.request.context);
    const auto layers = static_cast<double>(work.layers);

    DecodeCost cost;
    double plain = 0;
    double far = 0;
    std::vector<Piece> pieces{
        {1, plain, [&] { return token.plain_floats(); }},
        {layers, cost.attention, [&] { return token.attention(0); }},
        {layers, far, [&] { return token.attention(last); }},
        {layers, cost.small_operations, [&] { return token.small_operations(); }},
        {1, cost.small_operations, [&] { return token.logits(); }},
    };
    for (const auto& each : work.products)
        pieces.push_back({static_cast<double>(each.second), cost.products,
                          [&token, &each] { return token.product(each.first); }});
    for (const auto& each : work.routed)
        pieces.push_back({static_cast<double>(each.second), cost.routed_experts,
                          [&token, &each] { return token.routed_experts(each.first, Home::device); }});
    for (const auto& each : work.routed_in_ram)
        pieces.push_back({static_cast<double>(each.second), cost.experts_in_ram,
                          [&token, &each] { return token.routed_experts(each.first, Home::host); }});
    double plain_in_ram = 0;
    if (!work.routed_in_ram.empty())
        pieces.push_back({1, plain_in_ram, [&] { return token.plain_floats_in_ram(); }});
    rehearse(pieces, end);

    if (last > 0) cost.attention_a_row = std::max(0.0, far - cost.attention) / static_cast<double>(last);
    cost.memory_bytes_per_second = static_cast<double>(token.plain_bytes()) / plain;
    if (plain_in_ram > 0) cost.ram_bytes_per_second = static_cast<double>(token.plain_bytes()) / plain_in_ram;
    return cost;
}

double DecodeCost::seconds_at(std::int64_t position) const {
    return products + routed_experts + experts_in_ram + attention +
           attention_a_row * static_cast<double>(position) + small_operations;
}

double predict_decode(const DecodeCost& cost, std::int64_t position) {
    const double seconds = cost.seconds_at(position);
    return seconds > 0 ? 1.0 / seconds : 0;
}

} // namespace spoutnik::engine

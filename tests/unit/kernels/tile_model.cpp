// SPDX-License-Identifier: MIT
#include "tile_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace test::tile_model {
namespace {

using spoutnik::kernels::tile_bytes;
using spoutnik::kernels::tile_count;
using spoutnik::kernels::tile_rows;

/// A denormal number counts as 0 of its sign, as operand and as result. (The manual leaves open which of the
/// two becomes of a result that rounding alone brings to the least normal one; here it is that one.)
float normal(float x) {
    return std::abs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0F, x) : x;
}

/// a * b + c rounded once, for a and b in bf16. Their product has 16 bits, so double holds the sum exactly
/// where it is near a tie of two floats: the second rounding, to float, finds what the first would have.
float fused(float a, float b, float c) {
    return normal(static_cast<float>(static_cast<double>(a) * b + c));
}

struct Tile {
    std::uint8_t data[tile_rows][tile_bytes] = {};
    int rows = 0;
    int row_bytes = 0;

    std::int32_t dword(int row, int n) const {
        std::int32_t value = 0;
        std::memcpy(&value, data[row] + 4 * n, sizeof value);
        return value;
    }
    float number(int row, int n) const { return std::bit_cast<float>(dword(row, n)); }
    /// Value i of a row of bf16: the upper half of a float, a denormal one as 0.
    float bf16(int row, int i) const {
        std::uint16_t half = 0;
        std::memcpy(&half, data[row] + 2 * i, sizeof half);
        return normal(std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16U));
    }
    std::int8_t byte(int row, int i) const { return static_cast<std::int8_t>(data[row][i]); }
    /// write_row_and_zero of the manual: what lies beyond the row's bytes becomes zero.
    void write_row(int row, const void* bytes) {
        std::memset(data[row], 0, tile_bytes);
        std::memcpy(data[row], bytes, static_cast<std::size_t>(row_bytes));
    }
    void zero_upper_rows() {
        for (int row = rows; row < tile_rows; ++row)
            std::memset(data[row], 0, tile_bytes);
    }
};

struct Unit {
    std::array<Tile, tile_count> tiles;
    bool is_configured = false;
    std::int64_t configurations = 0;
    std::int64_t products = 0;
    bool is_broken = false;
};

thread_local Unit unit;

void fault_if(bool condition, const char* what) {
    if (condition) throw std::logic_error(std::string("tile unit: ") + what);
}

Tile& tile_in_use(int number) {
    fault_if(number < 0 || number >= tile_count, "#UD: no such tile");
    fault_if(!unit.is_configured, "#UD: not configured");
    Tile& tile = unit.tiles[static_cast<std::size_t>(number)];
    fault_if(tile.rows == 0, "#UD: this tile is not configured");
    return tile;
}

void clear() {
    for (Tile& tile : unit.tiles)
        tile = Tile{};
    unit.is_configured = false;
}

void check_shapes(int c, int a, int b) {
    fault_if(c == a || a == b || c == b, "#UD: the same tile twice");
    const Tile& sums = tile_in_use(c);
    const Tile& left = tile_in_use(a);
    const Tile& right = tile_in_use(b);
    fault_if(sums.row_bytes % 4 != 0 || left.row_bytes % 4 != 0 || right.row_bytes % 4 != 0,
             "#UD: rows are not whole dwords");
    fault_if(sums.row_bytes != right.row_bytes || sums.rows != left.rows || left.row_bytes / 4 != right.rows,
             "#UD: the shapes do not fit");
}

/// The address of row `row`: stride counts in bytes and may be negative or zero.
std::uintptr_t address(const void* base, std::int64_t stride, int row) {
    return reinterpret_cast<std::uintptr_t>(base) + static_cast<std::uintptr_t>(stride * row); // NOLINT
}

} // namespace

void load_config(const TileConfig& config) {
    if (config.palette == 0) return clear();
    fault_if(config.palette != 1, "#GP: unknown palette");
    fault_if(config.start_row != 0, "not modelled: a restart inside a tile");
    const auto is_zero = [](auto value) { return value == 0; };
    fault_if(!std::all_of(std::begin(config.reserved), std::end(config.reserved), is_zero) ||
                 !std::all_of(std::begin(config.no_row_bytes), std::end(config.no_row_bytes), is_zero) ||
                 !std::all_of(std::begin(config.no_rows), std::end(config.no_rows), is_zero),
             "#GP: reserved bytes are not zero");
    for (int t = 0; t < tile_count; ++t) {
        fault_if(config.rows[t] > tile_rows || config.row_bytes[t] > tile_bytes,
                 "#GP: the tile is too large");
        fault_if((config.rows[t] == 0) != (config.row_bytes[t] == 0), "#GP: half a shape");
    }
    clear();
    for (int t = 0; t < tile_count; ++t) {
        unit.tiles[static_cast<std::size_t>(t)].rows = config.rows[t];
        unit.tiles[static_cast<std::size_t>(t)].row_bytes = config.row_bytes[t];
    }
    unit.is_configured = true;
    ++unit.configurations;
}

void release() {
    clear();
}

void zero(int tile) {
    Tile& t = tile_in_use(tile);
    std::memset(t.data, 0, sizeof t.data);
}

void load(int tile, const void* from, std::int64_t stride) {
    Tile& t = tile_in_use(tile);
    for (int row = 0; row < t.rows; ++row)
        t.write_row(row, reinterpret_cast<const void*>(address(from, stride, row))); // NOLINT
    t.zero_upper_rows();
}

void store(int tile, void* to, std::int64_t stride) {
    const Tile& t = tile_in_use(tile);
    for (int row = 0; row < t.rows; ++row)
        std::memcpy(reinterpret_cast<void*>(address(to, stride, row)), t.data[row], // NOLINT
                    static_cast<std::size_t>(t.row_bytes));
}

void dot_signed(int c, int a, int b) {
    check_shapes(c, a, b);
    Tile& sums = tile_in_use(c);
    const Tile& left = tile_in_use(a);
    const Tile& right = tile_in_use(b);
    for (int m = 0; m < sums.rows; ++m) {
        std::uint32_t row[tile_bytes / 4] = {}; // wraps round, as the unit's additions do
        for (int n = 0; n < sums.row_bytes / 4; ++n)
            row[n] = static_cast<std::uint32_t>(sums.dword(m, n));
        for (int k = 0; k < left.row_bytes / 4; ++k)
            for (int n = 0; n < sums.row_bytes / 4; ++n)
                for (int i = 0; i < 4; ++i)
                    row[n] += static_cast<std::uint32_t>(left.byte(m, 4 * k + i) * right.byte(k, 4 * n + i));
        if (unit.is_broken && m == 0) ++row[0];
        sums.write_row(m, row);
    }
    sums.zero_upper_rows();
    ++unit.products;
}

void dot_bf16(int c, int a, int b) {
    check_shapes(c, a, b);
    Tile& sums = tile_in_use(c);
    const Tile& left = tile_in_use(a);
    const Tile& right = tile_in_use(b);
    const int columns = sums.row_bytes / 4;
    float factors[tile_rows][2][tile_bytes / 4] = {}; // of B, first values and second values
    for (int k = 0; k < right.rows; ++k)
        for (int n = 0; n < columns; ++n)
            for (int i = 0; i < 2; ++i)
                factors[k][i][n] = right.bf16(k, 2 * n + i);
    for (int m = 0; m < sums.rows; ++m) {
        float of_pairs[2][tile_bytes / 4] = {};
        for (int k = 0; k < right.rows; ++k)
            for (int i = 0; i < 2; ++i) {
                const float factor = left.bf16(m, 2 * k + i);
                for (int n = 0; n < columns; ++n)
                    of_pairs[i][n] = fused(factor, factors[k][i][n], of_pairs[i][n]);
            }
        float row[tile_bytes / 4] = {};
        for (int n = 0; n < columns; ++n)
            row[n] = normal(normal(sums.number(m, n)) + normal(of_pairs[0][n] + of_pairs[1][n]));
        if (unit.is_broken && m == 0) ++row[0];
        sums.write_row(m, row);
    }
    sums.zero_upper_rows();
    ++unit.products;
}

bool is_configured() {
    return unit.is_configured;
}
std::int64_t configurations() {
    return unit.configurations;
}
std::int64_t products() {
    return unit.products;
}
void break_products(bool broken) {
    unit.is_broken = broken;
}

} // namespace test::tile_model

#include "core/base/recycling.hpp"
#include "core/base/shared_bytes.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

using namespace cocql;

TEST_CASE("A recycled block has room for what was asked for, at every size around the classes") {
    std::vector<std::pair<void*, std::size_t>> blocks;
    for (std::size_t around = 32; around <= 2 * base::longest_recycled; around *= 2)
        for (const auto size : {around - 1, around, around + 1})
            // More of each than are kept.
            for (int i = 0; i < (around > 16'384 ? 3 : 20); ++i) {
                auto* const block = base::allocate_recycled(size);
                std::memset(block, 0x5a, size);
                blocks.emplace_back(block, size);
            }
    for (const auto& [block, size] : blocks)
        base::free_recycled(block, size);
    // Once more, from what was kept.
    for (auto& [block, size] : blocks) {
        block = base::allocate_recycled(size);
        std::memset(block, 0xa5, size);
    }
    for (const auto& [block, size] : blocks)
        base::free_recycled(block, size);
}

TEST_CASE("A block may be freed by another thread, and a thread's kept blocks go with it") {
    for (int i = 0; i < 50; ++i) {
        auto* const block = base::allocate_recycled(100);
        std::thread([block] {
            base::free_recycled(block, 100);
            auto* const again = base::allocate_recycled(90);
            std::memset(again, 1, 90);
            base::free_recycled(again, 90);
        }).join();
    }
}

TEST_CASE("Copied bytes are the bytes, however long") {
    for (const std::size_t size : {0u, 1u, 64u, 65u, 16'384u, 100'000u}) {
        std::vector<std::byte> bytes(size, std::byte{7});
        const auto copy = base::shared_bytes::copy_of(bytes);
        CHECK(std::vector<std::byte>(copy.view().begin(), copy.view().end()) == bytes);
    }
}

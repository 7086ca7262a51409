#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

/// Runs a fuzz target over the files of a folder: a corpus as a plain test, on compilers without
/// libFuzzer. An empty corpus fails, since it would test nothing.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: %s CORPUS-FOLDER\n", arguments[0]);
        return 2;
    }
    std::size_t replayed = 0;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(arguments[1], failure)) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
        const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
        LLVMFuzzerTestOneInput(exact.data(), exact.size());
        ++replayed;
    }
    std::printf("%zu inputs\n", replayed);
    return failure || replayed == 0 ? 1 : 0;
}

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>

int main(int count, char** arguments) {
    if (std::getenv("COCQL_CONTACT_POINTS") == nullptr) {
        std::cout << "skipped: no server in the environment (COCQL_CONTACT_POINTS; tools/cluster "
                     "starts one)\n";
        return 77;
    }
    return doctest::Context(count, arguments).run();
}

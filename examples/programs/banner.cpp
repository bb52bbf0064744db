#include "banner.hpp"

#include <cstdio>

namespace example {

void print_banner(const Banner& banner, const std::filesystem::path& out) {
    for (const auto& [name, value] : banner) std::printf("  %-16s %s\n", name.c_str(), value.c_str());
    std::printf("  %-16s %s\n\n", "results", out.c_str());
    std::fflush(stdout);
}

} // namespace example

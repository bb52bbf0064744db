// A program that has its own stb_image, configured in its own way, in a file that also uses the library's.
#define STBI_NO_PNG
#define STBI_MALLOC(size) (++allocations, std::malloc(size))
#define STBI_REALLOC(memory, size) std::realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION

#include "image_files.hpp"

#include "tinyres/io/image.hpp"

#include <doctest/doctest.h>

namespace {
int allocations = 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wconversion"
#include <stb_image.h>
#pragma GCC diagnostic pop

TEST_CASE("A program's own stb_image and the library's work side by side") {
    const std::string png = tinyres_test::png_of(tinyres_test::colorful_picture(4, 3));
    CHECK(tinyres::decode_image(std::as_bytes(std::span{png})).width == 4);
    CHECK(allocations == 0);
    int width = 0, height = 0, channels = 0;
    const auto* data = reinterpret_cast<const stbi_uc*>(png.data());
    CHECK(stbi_load_from_memory(data, static_cast<int>(png.size()), &width, &height, &channels, 3) == nullptr);
    CHECK(std::string{stbi_failure_reason()} == "unknown image type");
    CHECK(allocations > 0); // of the attempts at other kinds
}

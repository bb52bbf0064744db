#include "tinyres/layers/layers.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using enum tr::PoolRefusal;

namespace {

constexpr tr::Dims image{6, 8, 4, false};
constexpr tr::Dims vector{6, 1, 1, true};

constexpr tr::Dims of(int height, int width) {
    return {6, height, width, false};
}

} // namespace

TEST_CASE("MaxPool's output has PyTorch's size: what is left over is left out") {
    static_assert(tr::MaxPool<2>::name == "MaxPool2d" && tr::MaxPool<2>::tensors(image).count == 0);
    static_assert(std::is_same_v<tr::MaxPool<2>, tr::MaxPool<2, 2, 0>>);
    static_assert(tr::MaxPool<2>::output(image) == of(4, 2));
    static_assert(tr::MaxPool<4>::output(image) == of(2, 1));
    static_assert(tr::MaxPool<3>::output(image) == of(2, 1));
    static_assert(tr::MaxPool<3, 2>::output(image) == of(3, 1));
    static_assert(tr::MaxPool<3, 2, 1>::output(image) == of(4, 2));
    static_assert(tr::MaxPool<3, 2, 1>::output(of(112, 7)) == of(56, 4));
    static_assert(tr::MaxPool<3, 1, 1>::output(image) == image);
    static_assert(tr::MaxPool<1, 3>::output(image) == of(3, 2)); // leaves pixels out
    static_assert(tr::MaxPool<4, 1, 2>::output(of(1, 1)) == of(2, 2));
}

TEST_CASE("poolings refuse vectors, images smaller than their window, and arguments that make no sense") {
    static_assert(tr::MaxPool<4>::refuses(image) == none);
    static_assert(tr::MaxPool<5>::refuses(image) == the_window_is_larger_than_the_padded_image);
    static_assert(tr::MaxPool<5, 1, 1>::refuses(image) == none);
    static_assert(tr::MaxPool<2>::refuses(vector) == it_needs_an_image_but_gets_a_flat_vector);
    static_assert(tr::MaxPool<16>::refuses(of(16, 16)) == none);
    static_assert(tr::MaxPool<17>::refuses(of(17, 17)) == the_window_must_be_between_1_and_16);
    static_assert(tr::MaxPool<0>::refuses(image) == the_window_must_be_between_1_and_16);
    static_assert(tr::MaxPool<-1>::refuses(image) == the_window_must_be_between_1_and_16);
    static_assert(tr::MaxPool<2, 0>::refuses(image) == the_stride_must_be_between_1_and_16);
    static_assert(tr::MaxPool<3, 2, 2>::refuses(image) == the_padding_must_be_between_0_and_half_the_window);
    static_assert(tr::AvgPool<2, 2, -1>::refuses(image) == the_padding_must_be_between_0_and_half_the_window);
    static_assert(tr::AvgPool<3>::refuses(image) == none && tr::AvgPool<3>::output(image) == of(2, 1));
    static_assert(tr::AvgPool<3, 2, 1, tr::CountPadding::no>::output(image) == of(4, 2));
    static_assert(tr::AvgPool<3>::name == "AvgPool2d");
}

TEST_CASE("which windows hold a pixel is the same as which pixels a window holds") {
    int wrong = 0;
    for (const int size : {1, 4, 7})
        for (const int window : {1, 2, 3, 4})
            for (const int stride : {1, 2, 3, 5})
                for (int padding = 0; 2 * padding <= window; ++padding) {
                    const tr::PoolAxis axis{size, window, stride, padding};
                    for (int number = 0; number < axis.windows(); ++number) {
                        const tr::Interval pixels = axis.pixels_of(number);
                        if (pixels.count() < 1) ++wrong;
                        for (int pixel = 0; pixel < size; ++pixel) {
                            const tr::Interval windows = axis.windows_of(pixel);
                            const bool holds = pixels.begin <= pixel && pixel < pixels.end;
                            const bool held = windows.begin <= number && number < windows.end;
                            if (holds != held || windows.end > axis.windows()) ++wrong;
                        }
                    }
                }
    CHECK(wrong == 0);
}

TEST_CASE("GlobalAvgPool leaves one pixel, Upsample makes squares of pixels") {
    static_assert(tr::GlobalAvgPool::output(image) == of(1, 1) && tr::GlobalAvgPool::name == "AdaptiveAvgPool2d");
    static_assert(tr::GlobalAvgPool::refuses(image) == tr::Refusal::none);
    static_assert(tr::GlobalAvgPool::refuses(vector) == tr::Refusal::it_needs_an_image_but_gets_a_flat_vector);
    static_assert(tr::Upsample<3>::output(image) == of(24, 12) && tr::Upsample<3>::name == "Upsample");
    static_assert(tr::Upsample<1>::refuses(image) == tr::UpsampleRefusal::none);
    static_assert(tr::Upsample<0>::refuses(image) == tr::UpsampleRefusal::the_factor_must_be_between_1_and_16);
    static_assert(tr::Upsample<2>::refuses(vector) == tr::UpsampleRefusal::it_needs_an_image_but_gets_a_flat_vector);
}

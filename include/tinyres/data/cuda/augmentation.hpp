#pragma once

#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/random/philox.hpp"

#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The size of images: pixels and channels.
struct ImageSize {
    int height = 0;
    int width = 0;
    int channels = 0;
};

/// How the GPU runs a transform, to the same bits as the transform itself: `draw` takes from an image's random stream
/// what the transform takes, in its order, once per image; `value` is one value of the transformed image, out of
/// `source(y, x, c)`, the image before it. A transform without a specialization runs on the processor only.
template <class Transform>
struct DeviceTransform;

template <>
struct DeviceTransform<Normalize> {
    Normalize transform;
    struct Drawn {};

    __device__ Drawn draw(const ImageSize&, RandomStream&) const { return {}; }
    template <class Source>
    __device__ float value(const Drawn&, const ImageSize&, int y, int x, int c, Source source) const {
        return (source(y, x, c) - transform.mean[static_cast<std::size_t>(c)]) /
               transform.std[static_cast<std::size_t>(c)];
    }
};

template <>
struct DeviceTransform<FlipLR> {
    FlipLR transform;
    struct Drawn {
        bool flips;
    };

    __device__ Drawn draw(const ImageSize&, RandomStream& random) const {
        return {random.uniform() < transform.probability};
    }
    template <class Source>
    __device__ float value(const Drawn& drawn, const ImageSize& size, int y, int x, int c, Source source) const {
        return source(y, drawn.flips ? size.width - 1 - x : x, c);
    }
};

template <>
struct DeviceTransform<CutOut> {
    CutOut transform;
    struct Drawn {
        bool cuts;
        int top;
        int left;
    };

    __device__ Drawn draw(const ImageSize& size, RandomStream& random) const {
        if (random.uniform() >= transform.probability) return {false, 0, 0};
        const int top = random.below(size.height - transform.size + 1);
        return {true, top, random.below(size.width - transform.size + 1)};
    }
    template <class Source>
    __device__ float value(const Drawn& drawn, const ImageSize&, int y, int x, int c, Source source) const {
        const bool covered = drawn.cuts && y >= drawn.top && y < drawn.top + transform.size && x >= drawn.left &&
                             x < drawn.left + transform.size;
        return covered ? transform.fill[static_cast<std::size_t>(c)] : source(y, x, c);
    }
};

template <>
struct DeviceTransform<RandomCrop> {
    RandomCrop transform;
    struct Drawn {
        int down;
        int right;
    };

    __device__ Drawn draw(const ImageSize&, RandomStream& random) const {
        const int down = random.below(2 * transform.padding + 1) - transform.padding;
        return {down, random.below(2 * transform.padding + 1) - transform.padding};
    }
    template <class Source>
    __device__ float value(const Drawn& drawn, const ImageSize& size, int y, int x, int c, Source source) const {
        y = padded_place(transform.mode, y + drawn.down, size.height);
        x = padded_place(transform.mode, x + drawn.right, size.width);
        const bool inside = y >= 0 && y < size.height && x >= 0 && x < size.width;
        return inside ? source(y, x, c) : transform.fill[static_cast<std::size_t>(c)];
    }
};

/// `First`, then `Rest`: a value of the result is one of Rest's, which asks First for what it needs.
template <class First, class... Rest>
struct DeviceTransform<Compose<First, Rest...>> {
    DeviceTransform<First> first;
    DeviceTransform<Compose<Rest...>> rest;
    struct Drawn {
        typename DeviceTransform<First>::Drawn first;
        typename DeviceTransform<Compose<Rest...>>::Drawn rest;
    };

    __device__ Drawn draw(const ImageSize& size, RandomStream& random) const {
        const auto drawn = first.draw(size, random);
        return {drawn, rest.draw(size, random)};
    }
    template <class Source>
    __device__ float value(const Drawn& drawn, const ImageSize& size, int y, int x, int c, Source source) const {
        return rest.value(drawn.rest, size, y, x, c, [&](int source_y, int source_x, int source_c) {
            return first.value(drawn.first, size, source_y, source_x, source_c, source);
        });
    }
};

template <>
struct DeviceTransform<Compose<>> {
    struct Drawn {};
    __device__ Drawn draw(const ImageSize&, RandomStream&) const { return {}; }
    template <class Source>
    __device__ float value(const Drawn&, const ImageSize&, int y, int x, int c, Source source) const {
        return source(y, x, c);
    }
};

/// A transform in the form that the GPU runs.
template <class Transform>
DeviceTransform<Transform> for_device(const Transform& transform) {
    return {transform};
}
inline DeviceTransform<Compose<>> for_device(const Compose<>&) {
    return {};
}
template <class First, class... Rest>
DeviceTransform<Compose<First, Rest...>> for_device(const Compose<First, Rest...>& compose) {
    return std::apply(
        [](const First& first, const Rest&... rest) {
            return DeviceTransform<Compose<First, Rest...>>{for_device(first), for_device(Compose<Rest...>(rest...))};
        },
        compose.transforms);
}

/// Images of a data set in the GPU's memory, and which of them a batch holds.
struct DeviceImages {
    const std::uint8_t* images = nullptr; ///< (images, height, width, channels)
    const std::int32_t* labels = nullptr; ///< (images)
    const std::int32_t* order = nullptr;  ///< the numbers of the batch's images
    ImageSize size;
    const std::int32_t* places = nullptr; ///< of the images in the epoch, if these name their random numbers
};

/// batch (blocks, height, width, channels) and labels (blocks) from the images that `order` names, scaled to [0, 1] and
/// transformed; image `n`'s random numbers are those of `random` with minor n, or its place if there are places. A
/// block makes an image. Each thread would copy the transform to its stack, as a channel's number picks from its
/// arrays, were it not __grid_constant__.
template <class T, class Transform>
__global__ void augment_kernel(DeviceImages from, const __grid_constant__ DeviceTransform<Transform> transform,
                               RandomKey random, T* batch, std::int32_t* labels) {
    using Drawn = typename DeviceTransform<Transform>::Drawn;
    Drawn& drawn = cuda::shared_memory<Drawn>();
    const int number = from.order[blockIdx.x];
    const int values = from.size.height * from.size.width * from.size.channels;
    if (threadIdx.x == 0) {
        random.minor = static_cast<std::uint32_t>(from.places != nullptr ? from.places[blockIdx.x] : number);
        RandomStream stream(random);
        drawn = transform.draw(from.size, stream);
        labels[blockIdx.x] = from.labels[number];
    }
    __syncthreads();
    const std::uint8_t* const image = from.images + std::ptrdiff_t{number} * values;
    for (int i = static_cast<int>(threadIdx.x); i < values; i += static_cast<int>(blockDim.x)) {
        const int pixel = i / from.size.channels;
        const float value = transform.value(
            drawn, from.size, pixel / from.size.width, pixel % from.size.width, i % from.size.channels,
            [&](int y, int x, int c) {
                return static_cast<float>(image[(y * from.size.width + x) * from.size.channels + c]) / 255.0f;
            });
        batch[std::ptrdiff_t{blockIdx.x} * values + i] = static_cast<T>(value);
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres

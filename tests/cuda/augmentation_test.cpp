#include "cuda/managed_memory.hpp"

#include <doctest/doctest.h>
#include <tinyres/data/cuda/augmentation.hpp>
#include <tinyres/data/loader.hpp>
#include <tinyres/data/synthetic.hpp>

namespace {

namespace tr = tinyres;

/// Compares what the GPU makes of a data set's images with what the Loader makes of them, bit for bit.
template <class Transform>
void check_same_as_loader(const tr::Dataset& dataset, const Transform& transform) {
    constexpr std::uint64_t seed = 7;
    constexpr int epoch = 3;
    const tr::ImageSize size{dataset.height, dataset.width, dataset.channels};
    const auto values = static_cast<std::size_t>(dataset.height * dataset.width * dataset.channels);
    using Backend = tr::Cuda<>;
    const Backend cuda;
    const auto count = static_cast<std::size_t>(dataset.size());
    auto bytes = cuda.allocate<std::uint8_t>(dataset.images.size());
    auto all_labels = cuda.allocate<std::int32_t>(count);
    auto order = cuda.allocate<std::int32_t>(count);
    auto batch = cuda.allocate<float>(count * values);
    auto labels = cuda.allocate<std::int32_t>(count);
    std::vector<std::int32_t> backwards(count);
    for (std::size_t i = 0; i < count; ++i) backwards[i] = static_cast<std::int32_t>(count - 1 - i);
    const std::vector<std::int32_t> given(dataset.labels.begin(), dataset.labels.end());
    cuda.copy(bytes.data(), dataset.images.data(), dataset.images.size(), cudaMemcpyHostToDevice);
    cuda.copy(all_labels.data(), given.data(), count * sizeof(std::int32_t), cudaMemcpyHostToDevice);
    cuda.copy(order.data(), backwards.data(), count * sizeof(std::int32_t), cudaMemcpyHostToDevice);
    using Drawn = typename tr::DeviceTransform<Transform>::Drawn;
    tr::cuda::launch(cuda, "augment", {.blocks = dim3(static_cast<unsigned>(count)), .shared_bytes = sizeof(Drawn)},
                     tr::augment_kernel<float, Transform>,
                     tr::DeviceImages{bytes.data(), all_labels.data(), order.data(), size}, tr::for_device(transform),
                     tr::RandomKey{seed, tr::Purpose::augmentation, epoch, 0}, batch.data(), labels.data());
    std::vector<float> found(count * values);
    std::vector<std::int32_t> found_labels(count);
    cuda.download(batch.data(), std::span<float>(found));
    cuda.copy(found_labels.data(), labels.data(), count * sizeof(std::int32_t), cudaMemcpyDeviceToHost);

    tr::Loader loader{dataset, transform, {.batch_size = dataset.size(), .seed = seed}};
    for (const tr::Batch& expected : loader.epoch(epoch))
        for (std::size_t i = 0; i < count; ++i) {
            const auto image = expected.images.subspan(i * values, values);
            const auto ours = std::span(found).subspan((count - 1 - i) * values, values);
            CHECK(std::equal(image.begin(), image.end(), ours.begin()));
            CHECK(expected.labels[i] == found_labels[count - 1 - i]);
        }
}

} // namespace

TEST_CASE("the GPU augments images to the same bits as the Loader") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 20);
    check_same_as_loader(dataset, tr::cifar10_augmentation());
    check_same_as_loader(dataset, tr::cifar10_normalization());
    for (const auto mode : {tr::Padding::reflect, tr::Padding::edge})
        check_same_as_loader(dataset, tr::Compose{tr::RandomCrop{.padding = 6, .mode = mode},
                                                  tr::FlipLR{.probability = 0.5f}, tr::CutOut{.size = 5}});
    check_same_as_loader(dataset, tr::Compose{});
}

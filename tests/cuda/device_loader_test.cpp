#include "cuda_shim/memory.hpp"
#include "cuda_shim/settings.hpp"
#include "error_of.hpp"

#include <doctest/doctest.h>
#include <tinyres/data/cuda/device_loader.hpp>
#include <tinyres/data/synthetic.hpp>

namespace {

namespace tr = tinyres;
using tinyres_test::error_of;
using tinyres_test::holds;

using Backend = tr::Cuda<tr::bfloat16>;

/// The batches of some epochs: for each its pixels, as bits of `T`, and labels.
template <class T>
struct Batches {
    std::vector<std::vector<T>> images;
    std::vector<std::vector<std::int32_t>> labels;
};

template <class T, class Transform>
Batches<T> by_host(tr::Loader<tr::Dataset, Transform>& loader, std::initializer_list<int> epochs) {
    Batches<T> batches;
    for (const int epoch : epochs)
        for (const tr::Batch& batch : loader.epoch(epoch)) {
            batches.images.emplace_back();
            for (const float value : batch.images) batches.images.back().push_back(static_cast<T>(value));
            batches.labels.emplace_back(batch.labels.begin(), batch.labels.end());
        }
    return batches;
}

template <class T, class Transform>
Batches<T> by_device(const Backend& cuda, tr::DeviceLoader<Backend, Transform>& loader, std::size_t image_size,
                     std::initializer_list<int> epochs) {
    Batches<T> batches;
    const auto count = static_cast<std::size_t>(loader.size());
    auto images = cuda.template allocate<T>(count * image_size);
    auto labels = cuda.template allocate<std::int32_t>(count);
    for (const int epoch : epochs)
        for (const auto& batch : loader.epoch(epoch)) {
            batch.write(cuda, images.data(), labels.data());
            const auto size = static_cast<std::size_t>(batch.size());
            batches.images.emplace_back(size * image_size);
            batches.labels.emplace_back(size);
            cuda.copy(batches.images.back().data(), images.data(), size * image_size * sizeof(T),
                      cudaMemcpyDeviceToHost);
            cuda.copy(batches.labels.back().data(), labels.data(), size * sizeof(std::int32_t), cudaMemcpyDeviceToHost);
        }
    return batches;
}

template <class T>
bool same(const Batches<T>& a, const Batches<T>& b) {
    if (a.labels != b.labels || a.images.size() != b.images.size()) return false;
    for (std::size_t i = 0; i < a.images.size(); ++i)
        if (a.images[i].size() != b.images[i].size() ||
            std::memcmp(a.images[i].data(), b.images[i].data(), a.images[i].size() * sizeof(T)) != 0)
            return false;
    return true;
}

} // namespace

TEST_CASE_TEMPLATE("a loader on the GPU makes the batches of the Loader, bit for bit", T, float, tr::bfloat16) {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 14);
    const Backend cuda;
    for (const tr::LoaderOptions& options :
         {tr::LoaderOptions{.batch_size = 5, .shuffle = true, .seed = 9}, tr::LoaderOptions{.batch_size = 7},
          tr::LoaderOptions{.batch_size = 4, .shuffle = true, .limit = 10}, tr::LoaderOptions{.batch_size = 100},
          tr::LoaderOptions{.batch_size = 5, .balanced = true, .seed = 9}}) {
        tr::Loader host{images, tr::cifar10_augmentation(), options};
        tr::DeviceLoader device{cuda, host};
        CHECK(device.size() == host.size());
        CHECK(device.batches_per_epoch() == host.batches_per_epoch());
        const auto expected = by_host<T>(host, {0, 3, 1});
        CHECK(same(by_device<T>(cuda, device, images.image_size(), {0, 3, 1}), expected));
    }
}

TEST_CASE("a loader on the GPU neither needs the data set afterwards nor earlier epochs") {
    const Backend cuda;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 6);
    const tr::LoaderOptions options{.batch_size = 4, .shuffle = true};
    auto copy = std::make_unique<tr::Dataset>(images);
    tr::DeviceLoader device{cuda, *copy, tr::cifar10_augmentation(), options};
    std::fill(copy->images.begin(), copy->images.end(), std::uint8_t{0});
    copy.reset();
    for (const auto& batch : device.epoch(0)) { // leaving the loop early is fine
        CHECK(batch.size() == 4);
        break;
    }
    tr::Loader host{images, tr::cifar10_augmentation(), options};
    CHECK(same(by_device<float>(cuda, device, images.image_size(), {2}), by_host<float>(host, {2})));
}

TEST_CASE("a loader on the GPU takes several orders of its threads and times of its work" *
          doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 6);
    tr::Loader host{images, tr::cifar10_augmentation(), {.batch_size = 4, .shuffle = true}};
    const auto expected = by_host<float>(host, {0, 1});
    const Backend cuda;
    cuda_shim::settings.lazy_streams = true;
    tr::DeviceLoader device{cuda, host};
    cuda_shim::in_every_order([&] {
        CHECK(same(by_device<float>(cuda, device, images.image_size(), {0, 1}), expected));
    });
}

TEST_CASE("what a loader on the GPU cannot do is said in one line" * doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const Backend cuda;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 6);
    const auto make = [&](const tr::LoaderOptions& options, const tr::Dataset& dataset) {
        return error_of([&] { tr::DeviceLoader{cuda, dataset, tr::cifar10_normalization(), options}; });
    };
    CHECK(make({.batch_size = 0}, images) == "Loader: the batch size is 0; give one of 1 or more");
    CHECK(holds(make({}, tr::Dataset{}), "has no images"));
    tr::Dataset odd = images;
    odd.images.pop_back();
    CHECK(holds(make({}, odd), "image bytes, which is not labels x height x width x channels"));

    const tr::Dataset large = tr::make_synthetic(tr::Split::train, 400);
    const std::size_t before = cuda_shim::device_bytes_in_use();
    cuda_shim::settings.memory = before + (1 << 20);
    const std::string error = make({}, large);
    CHECK(error.find("the GPU has no 2 MiB of memory left") == 0);
    CHECK(holds(error, "; it was to hold the data set '" + large.name +
                           "'; use fewer images, or the Loader, which leaves them in the computer's memory"));
    CHECK(make({.limit = 100}, large) == "no error");
    CHECK(cuda_shim::device_bytes_in_use() == before);

    tr::DeviceLoader loader{cuda, images, tr::cifar10_normalization()};
    CHECK(error_of([&] { loader.epoch(-1); }) == "Loader: there is no epoch -1; give 0 or more");
    const auto epoch = loader.epoch(0);
    CHECK(holds(error_of([&] { loader.epoch(1); }), "an epoch is still in use"));
    for (const auto& batch : epoch) {
        CHECK(holds(error_of([&] { batch.require_fits(100, 10); }), "have 3072 values each, the network takes 100"));
        CHECK(holds(error_of([&] { batch.require_fits(3072, 1); }), "is out of range: the network has 1 output (0)"));
        batch.require_fits(3072, 10);
    }
}

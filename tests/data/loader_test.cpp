#include "tinyres/data/loader.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ranges>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace tr = tinyres;

namespace {

/// `size` images of 2 x 3 x 1 bytes; image i holds 6 i, 6 i + 1, ... (modulo 256) and has label i % 10.
tr::Dataset counting_dataset(int size) {
    tr::Dataset dataset{
        .name = "counting", .height = 2, .width = 3, .channels = 1, .images = {}, .labels = {}, .class_names = {}};
    for (int i = 0; i < 6 * size; ++i) dataset.images.push_back(static_cast<std::uint8_t>(i));
    for (int i = 0; i < size; ++i) dataset.labels.push_back(i % 10);
    return dataset;
}

/// All values and labels of an epoch, and where its batches end.
struct EpochCopy {
    std::vector<float> images;
    std::vector<std::int32_t> labels;
    std::vector<int> batch_sizes;
    bool operator==(const EpochCopy&) const = default;
};

template <class Set, class T>
EpochCopy copy_epoch(tr::Loader<Set, T>& loader, int number) {
    EpochCopy copy;
    for (const tr::Batch& batch : loader.epoch(number)) {
        copy.images.insert(copy.images.end(), batch.images.begin(), batch.images.end());
        copy.labels.insert(copy.labels.end(), batch.labels.begin(), batch.labels.end());
        copy.batch_sizes.push_back(batch.size());
    }
    return copy;
}

/// The first value of each image tells which one of counting_dataset (up to 40 images) it is.
std::vector<int> image_numbers(const EpochCopy& epoch) {
    std::vector<int> numbers;
    for (std::size_t i = 0; i < epoch.images.size(); i += 6)
        numbers.push_back(static_cast<int>(epoch.images[i] * 255.0f + 0.5f) / 6);
    return numbers;
}

std::string complaint(const tr::Dataset& dataset, const tr::LoaderOptions& options) {
    try {
        tr::Loader loader{dataset, tr::Compose{}, options};
    } catch (const tr::Error& error) {
        return error.what();
    }
    return {};
}

/// Throws when it meets the image that begins with `value`.
struct ThrowAt {
    float value;
    void operator()(tr::ImageView image, tr::RandomStream&) const {
        if (image.pixels[0] == value) throw std::runtime_error("met it");
    }
};

/// Images of one pixel: image i is i + a random number below 1, and its label is i. Reading image 7 fails.
struct NoisySet {
    std::string name = "noisy";
    std::vector<std::string> class_names;
    int height = 1;
    int width = 1;
    int channels = 1;
    mutable std::atomic<int> reads = 0;

    int size() const { return 10; }
    std::int32_t label(int index) const { return 70'000 + index; }
    void read(int index, std::span<float> pixels, tr::RandomStream& random) const {
        ++reads;
        if (index == 7) throw std::runtime_error("the disk is gone");
        pixels[0] = static_cast<float>(index) + random.uniform();
    }
};
static_assert(tr::ImageSet<NoisySet>);

using Epoch = tr::Loader<tr::Dataset, tr::Normalize>::Epoch;
static_assert(std::ranges::input_range<Epoch>);
static_assert(std::is_same_v<std::ranges::range_reference_t<Epoch>, const tr::Batch&>);
static_assert(std::is_constructible_v<tr::Loader<tr::Dataset, tr::Normalize>, const tr::Dataset&, tr::Normalize>);
static_assert(!std::is_constructible_v<tr::Loader<tr::Dataset, tr::Normalize>, tr::Dataset, tr::Normalize>);

} // namespace

TEST_CASE("without shuffling the batches hold the data set in its order, scaled to [0, 1]") {
    const tr::Dataset dataset = counting_dataset(10);
    tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 4}};
    CHECK(loader.size() == 10);
    CHECK(loader.batches_per_epoch() == 3);
    const EpochCopy epoch = copy_epoch(loader, 0);
    CHECK(epoch.batch_sizes == std::vector{4, 4, 2});
    REQUIRE(epoch.images.size() == dataset.images.size());
    for (std::size_t i = 0; i < epoch.images.size(); ++i)
        CHECK(epoch.images[i] == static_cast<float>(dataset.images[i]) / 255.0f);
    CHECK(std::equal(epoch.labels.begin(), epoch.labels.end(), dataset.labels.begin(), dataset.labels.end()));
    CHECK(copy_epoch(loader, 1) == epoch);
}

TEST_CASE("batches that divide the images exactly leave no empty one behind") {
    const tr::Dataset dataset = counting_dataset(8);
    tr::Loader fours{dataset, tr::Compose{}, {.batch_size = 4}};
    CHECK(copy_epoch(fours, 0).batch_sizes == std::vector{4, 4});
    tr::Loader ones{dataset, tr::Compose{}, {.batch_size = 1}};
    CHECK(copy_epoch(ones, 0).batch_sizes == std::vector(8, 1));
    tr::Loader all{dataset, tr::Compose{}, {.batch_size = 512}};
    CHECK(copy_epoch(all, 0).batch_sizes == std::vector{8});
}

TEST_CASE("a limit takes the first images, shuffled or not") {
    const tr::Dataset dataset = counting_dataset(40);
    tr::Loader plain{dataset, tr::Compose{}, {.batch_size = 3, .limit = 7}};
    CHECK(plain.size() == 7);
    CHECK(image_numbers(copy_epoch(plain, 0)) == std::vector{0, 1, 2, 3, 4, 5, 6});
    tr::Loader shuffling{dataset, tr::Compose{}, {.batch_size = 3, .shuffle = true, .limit = 7}};
    std::vector<int> numbers = image_numbers(copy_epoch(shuffling, 0));
    std::sort(numbers.begin(), numbers.end());
    CHECK(numbers == std::vector{0, 1, 2, 3, 4, 5, 6});
    tr::Loader generous{dataset, tr::Compose{}, {.limit = 1000}};
    CHECK(generous.size() == 40);
}

TEST_CASE("shuffling gives each epoch an order of its own, with every image once and beside its label") {
    const tr::Dataset dataset = counting_dataset(40);
    tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 7, .shuffle = true, .seed = 1}};
    std::set<std::vector<int>> orders;
    for (int number = 0; number < 5; ++number) {
        const EpochCopy epoch = copy_epoch(loader, number);
        std::vector<int> numbers = image_numbers(epoch);
        orders.insert(numbers);
        for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(epoch.labels[i] == numbers[i] % 10);
        std::sort(numbers.begin(), numbers.end());
        for (int i = 0; i < 40; ++i) CHECK(numbers[static_cast<std::size_t>(i)] == i);
    }
    CHECK(orders.size() == 5);
    tr::Loader other{dataset, tr::Compose{}, {.batch_size = 7, .shuffle = true, .seed = 2}};
    CHECK_FALSE(orders.contains(image_numbers(copy_epoch(other, 0))));
}

TEST_CASE("the batches are bit for bit the same for any number of threads") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 150);
    const auto epochs = [&](int threads) {
        tr::Loader loader{
            dataset, tr::cifar10_augmentation(), {.batch_size = 16, .shuffle = true, .seed = 11, .threads = threads}};
        return std::vector{copy_epoch(loader, 0), copy_epoch(loader, 1), copy_epoch(loader, 2)};
    };
    const std::vector<EpochCopy> one = epochs(1);
    CHECK(one[0] != one[1]);
    CHECK((epochs(2) == one));
    CHECK((epochs(3) == one));
    CHECK((epochs(20) == one)); // more threads than batches
}

TEST_CASE("an epoch is the same whether or not earlier ones were run") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 40);
    const tr::LoaderOptions options{.batch_size = 16, .shuffle = true, .seed = 11};
    tr::Loader steady{dataset, tr::cifar10_augmentation(), options};
    for (int number = 0; number < 3; ++number) copy_epoch(steady, number);
    tr::Loader resumed{dataset, tr::cifar10_augmentation(), options};
    CHECK((copy_epoch(resumed, 3) == copy_epoch(steady, 3)));
}

TEST_CASE("an image's augmentation depends on seed, epoch and image, not on its batch") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 40);
    const auto images = [&](int batch_size, std::uint64_t seed, int epoch) {
        tr::Loader loader{dataset, tr::cifar10_augmentation(), {.batch_size = batch_size, .seed = seed}};
        return copy_epoch(loader, epoch).images;
    };
    CHECK((images(16, 1, 0) == images(7, 1, 0)));
    CHECK((images(16, 1, 0) != images(16, 1, 1)));
    CHECK((images(16, 1, 0) != images(16, 2, 0)));
}

TEST_CASE("the batches' memory is used again and again") {
    const tr::Dataset dataset = counting_dataset(40);
    tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 4, .shuffle = true}};
    std::set<const float*> places;
    for (int number = 0; number < 3; ++number)
        for (const tr::Batch& batch : loader.epoch(number)) places.insert(batch.images.data());
    CHECK(places.size() == 3);
}

TEST_CASE("threads work ahead of the caller, but no more than two batches") {
    const tr::Dataset dataset = counting_dataset(40);
    std::atomic<int> images_done = 0;
    const auto count = [&](tr::ImageView, tr::RandomStream&) { ++images_done; };
    tr::Loader loader{dataset, count, {.batch_size = 4}};
    int batches = 0;
    for (const tr::Batch& batch : loader.epoch(0)) {
        CHECK(batch.size() == 4);
        ++batches;
        const int ahead = std::min(4 * (batches + 2), 40);
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (images_done < ahead && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
        CHECK(images_done == ahead);
    }
    CHECK(batches == 10);
}

TEST_CASE("leaving an epoch early, by break or by exception, leaves a loader that works") {
    const tr::Dataset dataset = counting_dataset(40);
    for (const int threads : {1, 3}) {
        tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 4, .shuffle = true, .threads = threads}};
        const EpochCopy whole = copy_epoch(loader, 1);
        for (const tr::Batch& batch : loader.epoch(0)) {
            CHECK(batch.size() == 4);
            break;
        }
        CHECK(copy_epoch(loader, 1) == whole);
        const auto fail = [&] {
            for (const tr::Batch& batch : loader.epoch(0)) throw std::runtime_error(std::to_string(batch.size()));
        };
        CHECK_THROWS_WITH_AS(fail(), "4", std::runtime_error);
        static_cast<void>(loader.epoch(0)); // not even begun
        CHECK(copy_epoch(loader, 1) == whole);
    }
}

TEST_CASE("a transform's exception reaches the caller at its batch, for any number of threads") {
    const tr::Dataset dataset = counting_dataset(40);
    for (const int threads : {1, 2, 3}) {
        tr::Loader loader{dataset, ThrowAt{6.0f * 22.0f / 255.0f}, {.batch_size = 4, .threads = threads}};
        for (int attempt = 0; attempt < 2; ++attempt) {
            int batches = 0;
            const auto run = [&] {
                for (const tr::Batch& batch : loader.epoch(attempt)) batches += batch.size() > 0;
            };
            CHECK_THROWS_WITH_AS(run(), "met it", std::runtime_error);
            CHECK(batches == 5); // image 22 is in the sixth
        }
    }
}

TEST_CASE("the time spent waiting is counted for each epoch anew") {
    const tr::Dataset dataset = counting_dataset(8);
    const auto slow = [](tr::ImageView, tr::RandomStream&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    tr::Loader loader{dataset, slow, {.batch_size = 4}};
    CHECK(loader.seconds_waited() == 0.0);
    copy_epoch(loader, 0);
    CHECK(loader.seconds_waited() > 0.0);
    CHECK(loader.share_waited() > 0.0);
    CHECK(loader.share_waited() <= 1.0);
    static_cast<void>(loader.epoch(1));
    CHECK(loader.seconds_waited() == 0.0);
    CHECK(loader.share_waited() == 0.0);
}

TEST_CASE("a loader runs one epoch at a time, and none below 0") {
    const tr::Dataset dataset = counting_dataset(8);
    tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 4}};
    CHECK_THROWS_AS(static_cast<void>(loader.epoch(-1)), tr::Error);
    {
        auto epoch = loader.epoch(0);
        CHECK_THROWS_AS(static_cast<void>(loader.epoch(1)), tr::Error);
        CHECK(epoch.begin()->size() == 4); // the first one goes on
    }
    CHECK(copy_epoch(loader, 1).labels.size() == 8);
}

TEST_CASE("a loader refuses impossible options and data sets") {
    const tr::Dataset dataset = counting_dataset(8);
    CHECK(complaint(dataset, {}).empty());
    CHECK(complaint(dataset, {.batch_size = 0}).find("batch size") != std::string::npos);
    CHECK(complaint(dataset, {.threads = 0}).find("threads") != std::string::npos);
    CHECK(complaint(dataset, {.limit = -1}).find("limit") != std::string::npos);
    CHECK(complaint(counting_dataset(0), {}).find("no images") != std::string::npos);
    tr::Dataset inconsistent = counting_dataset(8);
    inconsistent.labels.pop_back();
    CHECK(complaint(inconsistent, {}).find("make them agree") != std::string::npos);
    tr::Dataset unnamed = counting_dataset(8);
    unnamed.class_names = {"even", "odd"};
    unnamed.labels.assign(8, 1);
    CHECK(complaint(unnamed, {}).empty());
    unnamed.labels[5] = 2;
    CHECK(complaint(unnamed, {}).find("has label 2, but there are names for 2 classes only") != std::string::npos);
    CHECK(complaint(unnamed, {.limit = 5}).empty());
    unnamed.labels[4] = -1;
    CHECK(complaint(unnamed, {}) == "Loader: image 4 of data set 'counting' has label -1; labels are 0 or more");
    tr::Dataset flat = counting_dataset(8);
    flat.height = 0;
    CHECK(complaint(flat, {}).find("has images of 0 x 3 with 1 channels") != std::string::npos);
}

TEST_CASE("a loader asks its transform about the images' size") {
    const tr::Dataset dataset = counting_dataset(8); // 2 x 3 pixels
    const auto make = [&](int size) { tr::Loader loader{dataset, tr::CutOut{.size = size}}; };
    CHECK_NOTHROW(make(2));
    CHECK_THROWS_AS(make(3), tr::Error);
}

TEST_CASE("a loader reads any set of images, whose random numbers come before the transform's") {
    const NoisySet set;
    const auto add = [](tr::ImageView image, tr::RandomStream& random) {
        image.pixels[0] += 100.0f * random.uniform();
    };
    tr::Loader loader{set, add, {.batch_size = 3, .seed = 5, .limit = 7}};
    CHECK(set.reads == 0);
    CHECK(loader.contents().greatest_label == 70'006);
    const EpochCopy epoch = copy_epoch(loader, 2);
    CHECK(set.reads == 7);
    for (std::uint32_t i = 0; i < 7; ++i) {
        tr::RandomStream random{{.seed = 5, .purpose = tr::Purpose::augmentation, .major = 2, .minor = i}};
        float expected = static_cast<float>(i) + random.uniform();
        expected += 100.0f * random.uniform();
        CHECK(epoch.images[i] == expected);
        CHECK(epoch.labels[i] == 70'000 + static_cast<int>(i));
    }
}

TEST_CASE("a set's exception reaches the caller at its batch") {
    const NoisySet set;
    tr::Loader loader{set, tr::Compose{}, {.batch_size = 4}};
    int batches = 0;
    const auto run = [&] {
        for (const tr::Batch& batch : loader.epoch(0)) batches += batch.size() > 0;
    };
    CHECK_THROWS_WITH_AS(run(), "the disk is gone", std::runtime_error);
    CHECK(batches == 1);
}

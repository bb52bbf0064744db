#pragma once

#include "tinyres/data/cuda/augmentation.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/data/epoch_order.hpp"
#include "tinyres/data/loader.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A batch whose images lie on the GPU as bytes: it transforms them when a step asks for them. A view of the
/// DeviceLoader that made it.
template <class Transform>
struct DeviceBatch {
    DeviceImages from;
    DeviceTransform<Transform> transform;
    RandomKey random;
    int images = 0;
    cudaStream_t stream = nullptr;   ///< of the loader; `from.order` is there for what comes later in it
    std::int32_t greatest_label = 0; ///< of the data set

    int size() const { return images; }

    /// Throws Error unless the images have `image_size` values and the labels are below `classes`; returns how many
    /// images.
    int require_fits(int image_size, int classes, TargetKind = TargetKind::distribution) const {
        const ImageSize& size = from.size;
        if (size.height * size.width * size.channels != image_size)
            throw Error("the images on the GPU have " + std::to_string(size.height * size.width * size.channels) +
                        " values each, the network takes " + std::to_string(image_size) +
                        "; check the size of the images");
        require_label(greatest_label, classes);
        return images;
    }

    /// Makes `to` (size, height, width, channels) and `labels` (size), both on the GPU. Throws Error when `cuda` is
    /// neither the loader's backend nor a copy of it: its stream would not wait for the epoch's order, nor the next
    /// epoch's order for it.
    template <class Backend, class T>
    void write(const Backend& cuda, T* to, std::int32_t* labels) const {
        if (cuda.stream() != stream)
            throw Error("DeviceLoader: it works on another backend than the model, so batches and steps would be in no "
                        "order; make it with model.backend()");
        using Drawn = typename DeviceTransform<Transform>::Drawn;
        cuda::launch(cuda, "augment", {.blocks = dim3(static_cast<unsigned>(images)), .shared_bytes = sizeof(Drawn)},
                     augment_kernel<T, Transform>, from, transform, random, to, labels);
    }
};

/// The Loader of a data set that lies on the GPU: it is copied there once, as bytes, and batches are made there. Order,
/// augmentation and so the batches are those of a Loader with the same options, bit for bit. The data set is not needed
/// any more when the constructor returns.
///
///     DeviceLoader loader{cuda, dataset, cifar10_augmentation(), {.batch_size = 512, .shuffle = true}};
///     for (const auto& batch : loader.epoch(3)) train_step(model, batch);
///
/// `cuda` must be the model's backend (`model.backend()`, or what the model was made with): its stream keeps batches
/// and steps in their order. A step on a batch of another one throws Error.
template <class Backend, class Transform>
class DeviceLoader {
public:
    class Epoch;

    /// Throws Error when an option is impossible, the data set empty or inconsistent, the transform cannot work on its
    /// images, or the GPU has not enough memory for it.
    DeviceLoader(const Backend& cuda, const Dataset& dataset, Transform transform, LoaderOptions options = {})
        : cuda_(cuda),
          transform_(for_device(transform)),
          options_(options),
          size_{dataset.height, dataset.width, dataset.channels},
          contents_(check_loader(dataset, transform, options)),
          order_(dataset, contents_.images, options) {
        const std::string remedy = "it was to hold the data set '" + dataset.name +
                                   "'; use fewer images, or the Loader, which leaves them in the computer's memory";
        const std::size_t used = order_.size();
        images_ = cuda::Buffer<std::uint8_t>(used * dataset.image_size(), remedy.c_str());
        labels_ = cuda::Buffer<std::int32_t>(used, remedy.c_str());
        device_order_ = cuda::Buffer<std::int32_t>(used, remedy.c_str());
        cuda_.copy(images_.data(), dataset.images.data(), images_.size(), cudaMemcpyHostToDevice);
        const auto labels = std::span(dataset.labels).first(used);
        cuda_.upload(labels, labels_.data());
        cuda_.upload(order_.images(), device_order_.data());
        if (order_.repeats()) {
            device_places_ = cuda::Buffer<std::int32_t>(used, remedy.c_str());
            cuda_.upload(order_.images(), device_places_.data()); // 0, 1, 2, ... before the first epoch
        }
    }

    /// Of the data set, transform and options of a Loader.
    DeviceLoader(const Backend& cuda, const Loader<Dataset, Transform>& loader)
        : DeviceLoader(cuda, loader.dataset(), loader.transform(), loader.options()) {}

    DeviceLoader(const DeviceLoader&) = delete;
    DeviceLoader& operator=(const DeviceLoader&) = delete;

    /// The number of images in an epoch.
    int size() const { return static_cast<int>(order_.size()); }
    /// The number of batches in an epoch; the last one may be smaller than the others.
    int batches_per_epoch() const { return (size() - 1) / options_.batch_size + 1; }

    /// What the batches hold.
    const LoaderContents& contents() const { return contents_; }

    /// Epoch `number` (>= 0) as an input range of DeviceBatch. Batches are valid until the next epoch is asked for.
    /// Throws Error when the range of another epoch still exists.
    Epoch epoch(int number) { return Epoch{*this, number}; }

private:
    DeviceBatch<Transform> batch(int epoch, int number) const {
        const int first = number * options_.batch_size;
        return {.from = {.images = images_.data(),
                         .labels = labels_.data(),
                         .order = device_order_.data() + first,
                         .size = size_,
                         .places = order_.repeats() ? device_places_.data() + first : nullptr},
                .transform = transform_,
                .random = {options_.seed, Purpose::augmentation, static_cast<std::uint32_t>(epoch), 0},
                .images = (std::min)(options_.batch_size, size() - first),
                .stream = cuda_.stream(),
                .greatest_label = contents_.greatest_label};
    }

    Backend cuda_;
    DeviceTransform<Transform> transform_;
    LoaderOptions options_;
    ImageSize size_;
    LoaderContents contents_;
    EpochOrder order_;
    cuda::Buffer<std::uint8_t> images_;
    cuda::Buffer<std::int32_t> labels_;
    cuda::Buffer<std::int32_t> device_order_;
    cuda::Buffer<std::int32_t> device_places_; // in the epoch, if an image may come twice
    bool in_epoch_ = false;
};

/// One pass over the images; made by DeviceLoader::epoch.
template <class Backend, class Transform>
class DeviceLoader<Backend, Transform>::Epoch {
public:
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = DeviceBatch<Transform>;
        using difference_type = std::ptrdiff_t;

        explicit Iterator(const Epoch& epoch) : epoch_(&epoch) {}
        DeviceBatch<Transform> operator*() const { return epoch_->loader_.batch(epoch_->number_, position_); }
        Iterator& operator++() {
            ++position_;
            return *this;
        }
        void operator++(int) { ++position_; }
        bool operator==(std::default_sentinel_t) const { return position_ >= epoch_->loader_.batches_per_epoch(); }

    private:
        const Epoch* epoch_;
        int position_ = 0;
    };

    Epoch(const Epoch&) = delete;
    Epoch& operator=(const Epoch&) = delete;
    ~Epoch() { loader_.in_epoch_ = false; }

    Iterator begin() const { return Iterator{*this}; }
    static std::default_sentinel_t end() { return {}; }

private:
    friend DeviceLoader;
    Epoch(DeviceLoader& loader, int number) : loader_(loader), number_(number) {
        if (number < 0) throw Error("Loader: there is no epoch " + std::to_string(number) + "; give 0 or more");
        if (loader.in_epoch_)
            throw Error("Loader: an epoch is still in use; leave its loop before asking for the next");
        if (loader.options_.shuffle || loader.options_.balanced) {
            loader.order_.begin(number);
            loader.cuda_.upload(loader.order_.images(), loader.device_order_.data());
        }
        loader.in_epoch_ = true;
    }

    DeviceLoader& loader_;
    const int number_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres

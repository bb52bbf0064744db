#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/core/threads.hpp"
#include "tinyres/data/epoch_order.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/loader_options.hpp"
#include "tinyres/data/transforms/batch_transform.hpp"
#include "tinyres/data/transforms/transform.hpp"
#include "tinyres/model/batch.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Makes batches of a data set: reads its images, applies a transform to each and hands them out batch by batch, while
/// threads of its own prepare the next ones.
///
///     Loader loader{dataset, cifar10_augmentation(), {.batch_size = 512, .shuffle = true}};
///     for (const Batch& batch : loader.epoch(3)) ...
///
/// The seed, the epoch's number and an image's index in the data set (its place in a balanced epoch) determine all that
/// is random, so the batches are the same for any number of threads, and an epoch the same whether or not earlier ones
/// were run. What an image's reading draws comes before what its transform draws.
///
/// A transform of whole batches makes targets of the labels, one number for each of the data set's class names:
///
///     Loader loader{dataset, cifar10_augmentation(), {.shuffle = true}, MixUp{.alpha = 0.2f}};
///
/// What it draws, the seed, the epoch's number and the batch's determine.
/// The data set is referred to, not copied: it must outlive the loader and not change meanwhile.
template <ImageSet Set, Transform T, BatchTransform Mix = NoBatchTransform>
class Loader {
public:
    class Epoch;

    /// Throws Error when an option is impossible, the data set empty or inconsistent, or a transform cannot work on
    /// its images.
    Loader(const Set& set, T transform, LoaderOptions options = {}, Mix batch_transform = {});
    Loader(const Set&&, T, LoaderOptions = {}, Mix = {}) = delete; // it would refer to a data set that is gone

    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    /// The number of images in an epoch.
    int size() const { return static_cast<int>(order_.size()); }

    /// The number of batches in an epoch; the last one holds what is left and may be smaller than the others.
    int batches_per_epoch() const { return (size() - 1) / options_.batch_size + 1; }

    /// Epoch `number` (>= 0) as an input range of Batch. A batch's values are valid until the next one is asked for.
    /// Leaving the loop early is fine. An exception thrown by the data set or the transform reaches the caller at the
    /// batch it belongs to. Throws Error when the range of another epoch still exists, or the system starts no thread.
    /// A forked child has no threads of its parent's epoch: there the next batch is an Error, an epoch of its own is
    /// fine.
    Epoch epoch(int number) { return Epoch{*this, number}; }

    const Set& dataset() const { return set_; }
    /// What the batches hold.
    const LoaderContents& contents() const { return contents_; }
    const T& transform() const { return transform_; }
    const LoaderOptions& options() const { return options_; }

    /// How long the caller has waited for batches, in seconds, since the last call of epoch().
    double seconds_waited() const { return seconds_waited_; }

    /// The same as a share, from 0 to 1, of the time from that call to the last batch that was asked for. Near 0 the
    /// threads keep up with the caller; if not, more of them or a cheaper transform make training faster.
    double share_waited() const { return seconds_passed_ > 0.0 ? seconds_waited_ / seconds_passed_ : 0.0; }

private:
    /// Room for one batch, and what became of it.
    struct Slot {
        std::vector<float> images;        // (batch_size, height, width, channels)
        std::vector<std::int32_t> labels; // (batch_size)
        std::vector<float> targets;       // (batch_size, classes), empty where labels are not mixed
        int size = 0;
        int prepared = -1; // the number of the batch that it holds
        std::exception_ptr failure;
    };

    static constexpr bool mixes = !std::is_same_v<Mix, NoBatchTransform>;

    void prepare(int epoch, int batch, Slot& slot) const;
    void mix(int epoch, int batch, Slot& slot) const;
    std::size_t classes() const { return mixes ? set_.class_names.size() : 0; }

    const Set& set_;
    T transform_;
    Mix batch_transform_;
    LoaderOptions options_;
    LoaderContents contents_;
    EpochOrder order_;
    std::vector<Slot> slots_; // batch b is made in slot b % slots_.size()
    bool in_epoch_ = false;
    double seconds_waited_ = 0.0;
    double seconds_passed_ = 0.0; // of the epoch, up to the last batch that was asked for
};

/// One pass over the images; made by Loader::epoch. Its threads live as long as it does.
template <ImageSet Set, Transform T, BatchTransform Mix>
class Loader<Set, T, Mix>::Epoch {
public:
    /// At the batch that the range stands at; an input iterator, as a batch is gone when the next one is asked for.
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = Batch;
        using difference_type = std::ptrdiff_t;

        explicit Iterator(Epoch& epoch) : epoch_(&epoch) {}
        const Batch& operator*() const { return epoch_->current_; }
        const Batch* operator->() const { return &epoch_->current_; }
        Iterator& operator++() {
            epoch_->advance();
            return *this;
        }
        void operator++(int) { epoch_->advance(); }
        bool operator==(std::default_sentinel_t) const { return epoch_->position_ >= epoch_->batches_; }

    private:
        Epoch* epoch_;
    };

    Epoch(const Epoch&) = delete;
    Epoch& operator=(const Epoch&) = delete;
    ~Epoch() {
        if (!has_threads()) static_cast<void>(crew_.release()); // nobody would end the waiting in its destructor
        crew_.reset();                                          // asks the threads to stop and waits for them
        loader_.in_epoch_ = false;
    }

    /// Waits for the first batch.
    Iterator begin() {
        if (position_ < 0) advance();
        return Iterator{*this};
    }
    std::default_sentinel_t end() const { return {}; }

private:
    friend Loader;
    /// The threads and what they share.
    struct Crew {
        std::mutex mutex;                  // guards what follows and the slots' `prepared`
        std::condition_variable_any freed; // a slot may be filled again
        std::condition_variable prepared;  // a slot has been filled
        int next = 0;                      // the first batch that no thread has taken yet
        int released = 0;                  // the batches before this one are no longer looked at
        std::vector<std::jthread> threads; // the last member: they use all the others
    };

    Epoch(Loader& loader, int number);

    void work(Crew& crew, const std::stop_token& stop);
    void advance();
    bool has_threads() const { return ::getpid() == process_; }
    Slot& slot(int batch) { return loader_.slots_[static_cast<std::size_t>(batch) % loader_.slots_.size()]; }

    Loader& loader_;
    const int number_;
    const int batches_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    int position_ = -1; // the caller's batch
    Batch current_{};

    const pid_t process_ = ::getpid();
    std::unique_ptr<Crew> crew_ = std::make_unique<Crew>();
};

template <ImageSet Set, Transform T, BatchTransform Mix>
Loader<Set, T, Mix>::Loader(const Set& set, T transform, LoaderOptions options, Mix batch_transform)
    : set_(set), transform_(std::move(transform)), batch_transform_(std::move(batch_transform)), options_(options) {
    contents_ = check_loader(set, transform_, options);
    validate_transform(batch_transform_);
    if (mixes && classes() == 0)
        throw Error("Loader: data set '" + std::string(set.name) +
                    "' has no class names, without which labels cannot be mixed; name its classes");
    const int images = contents_.images;
    order_ = EpochOrder(set, images, options);

    const int ahead = (std::max)(2, options.threads);
    slots_.resize(static_cast<std::size_t>((std::min)(1 + ahead, batches_per_epoch())));
    const std::size_t batch_images = static_cast<std::size_t>((std::min)(options.batch_size, images));
    for (Slot& slot : slots_) {
        slot.images.resize(batch_images * image_values(set));
        slot.labels.resize(batch_images);
        slot.targets.resize(batch_images * classes());
    }
}

/// Fills `slot` with a batch. Reads nothing that changes during an epoch, so that threads need no lock for it.
template <ImageSet Set, Transform T, BatchTransform Mix>
void Loader<Set, T, Mix>::prepare(int epoch, int batch, Slot& slot) const {
    const std::size_t batch_size = static_cast<std::size_t>(options_.batch_size);
    const std::size_t first = static_cast<std::size_t>(batch) * batch_size;
    const std::size_t count = (std::min)(batch_size, order_.size() - first);
    const std::size_t values = image_values(set_);
    for (std::size_t i = 0; i < count; ++i) {
        const int index = order_.images()[first + i];
        const std::span<float> pixels = std::span{slot.images}.subspan(i * values, values);
        RandomStream random{{.seed = options_.seed,
                             .purpose = Purpose::augmentation,
                             .major = static_cast<std::uint32_t>(epoch),
                             .minor = order_.random_minor(first + i)}};
        set_.read(index, pixels, random);
        transform_(ImageView{pixels, set_.height, set_.width, set_.channels}, random);
        slot.labels[i] = set_.label(index);
    }
    slot.size = static_cast<int>(count);
    if constexpr (mixes) mix(epoch, batch, slot);
}

/// Applies the transform of batches, to targets that are the labels at first.
template <ImageSet Set, Transform T, BatchTransform Mix>
void Loader<Set, T, Mix>::mix(int epoch, int batch, Slot& slot) const {
    const std::size_t size = static_cast<std::size_t>(slot.size);
    const std::span<float> targets = std::span{slot.targets}.first(size * classes());
    targets_of_labels(std::span{slot.labels}.first(size), targets);
    RandomStream random{{.seed = options_.seed,
                         .purpose = Purpose::mixing,
                         .major = static_cast<std::uint32_t>(epoch),
                         .minor = static_cast<std::uint32_t>(batch)}};
    batch_transform_(BatchView{.images = std::span{slot.images}.first(size * image_values(set_)),
                               .targets = targets,
                               .size = slot.size,
                               .height = set_.height,
                               .width = set_.width,
                               .channels = set_.channels},
                     random);
}

template <ImageSet Set, Transform T, BatchTransform Mix>
Loader<Set, T, Mix>::Epoch::Epoch(Loader& loader, int number)
    : loader_(loader), number_(number), batches_(loader.batches_per_epoch()) {
    if (number < 0) throw Error("Loader: there is no epoch " + std::to_string(number) + "; give 0 or more");
    if (loader.in_epoch_) throw Error("Loader: an epoch is still in use; leave its loop before asking for the next");
    loader.order_.begin(number);
    for (Slot& slot : loader.slots_) {
        slot.prepared = -1;
        slot.failure = nullptr;
    }
    loader.seconds_waited_ = loader.seconds_passed_ = 0.0;
    const int threads = (std::min)(loader.options_.threads, batches_);
    Crew& crew = *crew_;
    crew.threads.reserve(static_cast<std::size_t>(threads));
    try {
        for (int i = 0; i < threads; ++i)
            crew.threads.emplace_back([this, &crew](std::stop_token stop) { work(crew, stop); });
    } catch (const std::system_error&) {
        throw thread_error("a thread that prepares images");
    }
    loader.in_epoch_ = true;
}

/// What each thread does: takes the next batch as soon as a slot is free for it, until all are taken.
template <ImageSet Set, Transform T, BatchTransform Mix>
void Loader<Set, T, Mix>::Epoch::work(Crew& crew, const std::stop_token& stop) {
    const int slot_count = static_cast<int>(loader_.slots_.size());
    for (std::unique_lock lock{crew.mutex};;) {
        const bool free = crew.freed.wait(
            lock, stop, [&] { return crew.next == batches_ || crew.next < crew.released + slot_count; });
        if (!free || stop.stop_requested() || crew.next == batches_) return;
        const int batch = crew.next++;
        lock.unlock();
        Slot& target = slot(batch);
        try {
            loader_.prepare(number_, batch, target);
        } catch (...) {
            target.failure = std::current_exception();
        }
        lock.lock();
        target.prepared = batch;
        crew.prepared.notify_one();
    }
}

/// Gives the caller's slot back and waits for the next batch.
template <ImageSet Set, Transform T, BatchTransform Mix>
void Loader<Set, T, Mix>::Epoch::advance() {
    if (position_ >= batches_) return;
    if (!has_threads())
        throw Error("Loader: the threads of this epoch are in the process that began it, and this is a forked child; "
                    "begin another epoch in the child");
    ++position_;
    current_ = {};
    using std::chrono::steady_clock;
    const auto seconds_since = [](steady_clock::time_point start) {
        return std::chrono::duration<double>(steady_clock::now() - start).count();
    };
    loader_.seconds_passed_ = seconds_since(start_);
    Crew& crew = *crew_;
    std::unique_lock lock{crew.mutex};
    crew.released = position_;
    crew.freed.notify_all();
    if (position_ == batches_) return;

    Slot& next = slot(position_);
    const steady_clock::time_point asked = steady_clock::now();
    crew.prepared.wait(lock, [&] { return next.prepared == position_; });
    loader_.seconds_waited_ += seconds_since(asked);
    loader_.seconds_passed_ = seconds_since(start_);
    if (next.failure) std::rethrow_exception(std::exchange(next.failure, nullptr));
    const std::size_t size = static_cast<std::size_t>(next.size);
    current_ = {std::span{next.images}.first(size * image_values(loader_.set_)), std::span{next.labels}.first(size),
                std::span{next.targets}.first(size * loader_.classes())};
}

} // namespace TINYRES_ARCH
} // namespace tinyres

#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <tinyres/data/loader_options.hpp>
#include <tinyres/data/transforms/batch_transform.hpp>
#include <tinyres/data/transforms/transform.hpp>
#include <tinyres/model/batch.hpp>

namespace example {

namespace tr = tinyres;

class SizedImages;

/// What is done to an image, to a batch: any of the library's transforms.
using ImageTransform = std::function<void(tr::ImageView, tr::RandomStream&)>;
using MixTransform = std::function<void(tr::BatchView, tr::RandomStream&)>;

/// A pass over the images; its threads live as long as it does.
class Pass {
public:
    virtual ~Pass() = default;
    /// The next batch, valid until the one after is asked for; null behind the last.
    virtual const tr::Batch* next() = 0;
};

/// A Pass as a range of Batch.
class PassRange {
public:
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = tr::Batch;
        using difference_type = std::ptrdiff_t;

        explicit Iterator(Pass& pass) : pass_(&pass), batch_(pass.next()) {}
        const tr::Batch& operator*() const { return *batch_; }
        Iterator& operator++() {
            batch_ = pass_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return batch_ == nullptr; }

    private:
        Pass* pass_;
        const tr::Batch* batch_;
    };

    explicit PassRange(std::unique_ptr<Pass> pass) : pass_(std::move(pass)) {}
    Iterator begin() { return Iterator{*pass_}; }
    std::default_sentinel_t end() const { return {}; }

private:
    std::unique_ptr<Pass> pass_;
};

/// A tinyres::Loader whose data set and transforms are known at run time, so that the networks' files are compiled
/// without it. Its members do what those of Loader do.
class Batches {
public:
    virtual ~Batches() = default;
    virtual int size() const = 0;
    virtual int batches_per_epoch() const = 0;
    virtual const tr::LoaderContents& contents() const = 0;
    virtual double seconds_waited() const = 0;
    virtual std::unique_ptr<Pass> begin(int epoch) = 0;

    PassRange epoch(int number) { return PassRange{begin(number)}; }
};

/// Batches of `images`, which must outlive them. With `mix`, targets are made of the labels, and it changes both.
std::unique_ptr<Batches> make_batches(const SizedImages& images, ImageTransform transform,
                                      const tr::LoaderOptions& options, MixTransform mix = {});

} // namespace example

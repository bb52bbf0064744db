#include "batches.hpp"

#include "data/sized_images.hpp"

#include <tinyres/data/loader.hpp>

namespace example {

namespace {

template <class Loader>
class LoaderPass final : public Pass {
public:
    LoaderPass(Loader& loader, int epoch) : epoch_(loader.epoch(epoch)) {}

    const tr::Batch* next() override {
        if (at_)
            ++*at_;
        else
            at_.emplace(epoch_.begin());
        return *at_ == epoch_.end() ? nullptr : &**at_;
    }

private:
    typename Loader::Epoch epoch_;
    std::optional<typename Loader::Epoch::Iterator> at_;
};

template <class Loader>
class LoaderBatches final : public Batches {
public:
    template <class... Arguments>
    explicit LoaderBatches(Arguments&&... arguments) : loader_(std::forward<Arguments>(arguments)...) {}

    int size() const override { return loader_.size(); }
    int batches_per_epoch() const override { return loader_.batches_per_epoch(); }
    const tr::LoaderContents& contents() const override { return loader_.contents(); }
    double seconds_waited() const override { return loader_.seconds_waited(); }
    std::unique_ptr<Pass> begin(int epoch) override { return std::make_unique<LoaderPass<Loader>>(loader_, epoch); }

private:
    Loader loader_;
};

} // namespace

std::unique_ptr<Batches> make_batches(const SizedImages& images, ImageTransform transform,
                                      const tr::LoaderOptions& options, MixTransform mix) {
    if (mix)
        return std::make_unique<LoaderBatches<tr::Loader<SizedImages, ImageTransform, MixTransform>>>(
            images, std::move(transform), options, std::move(mix));
    return std::make_unique<LoaderBatches<tr::Loader<SizedImages, ImageTransform>>>(images, std::move(transform),
                                                                                    options);
}

} // namespace example

#pragma once

#include "batches.hpp"
#include "data/sized_images.hpp"
#include "recipe.hpp"

#include <memory>
#include <tinyres/io/classifier_notes.hpp>

namespace example {

/// The most images that are tested at once.
inline constexpr int largest_test_batch = 64;

/// The pictures of a run as its network takes them.
class RunData {
public:
    RunData(PictureData data, const Recipe& recipe, const tr::ClassifierNotes& notes, int loader_threads);

    const PictureData& data() const { return data_; }
    const SizedImages& train() const { return train_; }
    const SizedImages& validation() const { return validation_; }

    /// Shuffled and augmented.
    std::unique_ptr<Batches> train_batches() const;
    /// The validation images as they are.
    std::unique_ptr<Batches> validation_batches() const;
    /// Any pictures as the network takes them, unchanged.
    SizedImages plain(const Pictures& pictures) const;
    /// Some training images augmented as in the epochs, `indices` of the training set.
    std::unique_ptr<Batches> augmented(const SizedImages& some) const;
    SizedImages augmented_part(std::vector<int> indices) const;
    std::unique_ptr<Batches> batches_of(const SizedImages& plain_images) const;

private:
    PictureData data_;
    Recipe recipe_;
    tr::ClassifierNotes notes_;
    int loader_threads_;
    SizedImages train_;
    SizedImages validation_;
};

/// The threads that read pictures: as many as asked for, or half of the processors.
int loader_threads(int asked);

/// Reads a run's pictures, and prints what there is to say about them. Throws Error when they cannot be read.
PictureData open_run_data(const std::string& path, const Recipe& recipe, bool skip_unreadable, int threads);

} // namespace example

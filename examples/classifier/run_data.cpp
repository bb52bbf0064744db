#include "run_data.hpp"

#include "augmentation.hpp"
#include "programs/program.hpp"

#include <algorithm>
#include <thread>

namespace example {

RunData::RunData(PictureData data, const Recipe& recipe, const tr::ClassifierNotes& notes, int loader_threads)
    : data_(std::move(data)),
      recipe_(recipe),
      notes_(notes),
      loader_threads_(loader_threads),
      train_("training", data_.train, data_.class_names, notes.height, training_fit(recipe, notes)),
      validation_(plain(data_.validation)) {}

SizedImages RunData::plain(const Pictures& pictures) const {
    return {"pictures", pictures, data_.class_names, notes_.height, plain_fit(notes_)};
}

std::unique_ptr<Batches> RunData::train_batches() const {
    return make_batches(train_, training_transform(recipe_, notes_),
                        {.batch_size = recipe_.batch_size,
                         .shuffle = true,
                         .balanced = recipe_.balance == "sampler",
                         .seed = recipe_.seed,
                         .threads = loader_threads_},
                        training_mix(recipe_));
}

std::unique_ptr<Batches> RunData::validation_batches() const {
    return batches_of(validation_);
}

std::unique_ptr<Batches> RunData::batches_of(const SizedImages& plain_images) const {
    return make_batches(plain_images, tr::normalization_of(notes_),
                        {.batch_size = std::min(recipe_.batch_size, largest_test_batch), .threads = loader_threads_});
}

SizedImages RunData::augmented_part(std::vector<int> indices) const {
    return {"training", part_of(data_.train, std::move(indices)), data_.class_names, notes_.height,
            training_fit(recipe_, notes_)};
}

std::unique_ptr<Batches> RunData::augmented(const SizedImages& some) const {
    return make_batches(some, training_transform(recipe_, notes_), {.batch_size = some.size(), .seed = recipe_.seed});
}

int loader_threads(int asked) {
    if (asked > 0) return asked;
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 16);
}

PictureData open_run_data(const std::string& path, const Recipe& recipe, bool skip_unreadable, int threads) {
    PictureData data = open_data(path, {.validation_fraction = recipe.validation_fraction,
                                        .seed = recipe.seed,
                                        .skip_unreadable = skip_unreadable,
                                        .threads = threads});
    for (const std::string& warning : data.warnings) print_note(warning);
    return data;
}

} // namespace example

#pragma once

#include "batches.hpp"
#include "data/sized_images.hpp"
#include "recipe.hpp"

#include <tinyres/data/transforms/normalize.hpp>
#include <tinyres/io/classifier_notes.hpp>

namespace example {

/// How a picture becomes the network's input when nothing is random: resized by the notes' fit.
PictureFit plain_fit(const tr::ClassifierNotes& notes);

/// How a training picture becomes one: by the fit, or by a random part of it, as the recipe's augmentation says.
PictureFit training_fit(const Recipe& recipe, const tr::ClassifierNotes& notes);

/// What is done to a training image behind that: augmentation, then normalization.
ImageTransform training_transform(const Recipe& recipe, const tr::ClassifierNotes& notes);

/// What is done to a batch of training images; empty: nothing.
MixTransform training_mix(const Recipe& recipe);

/// What the augmentation does, for the banner: "parts of 35% and more, mirrored".
std::string augmentation_text(const Recipe& recipe);

/// Mean and deviation of the pixels' channels, as the recipe says: ImageNet's, or of at most a thousand of `pictures`;
/// into the notes.
void set_normalization(const Recipe& recipe, const Pictures& pictures, int threads, tr::ClassifierNotes& notes);

} // namespace example

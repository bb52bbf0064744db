#pragma once

#include "programs/flags.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace example {

/// All that decides what a training arrives at. A named recipe is one value (recipes.cpp); flags change single members.
struct Recipe {
    std::string name = "scratch";
    std::string network = "resnet18";
    int image_size = 0;             ///< pixels a side; 0: the first size that the network is compiled for
    std::string fit = "crop";       ///< how a picture becomes a square: crop (its middle) or stretch (all of it)
    std::string normalize = "data"; ///< mean and deviation: data (of the training pictures) or imagenet

    int epochs = 60;
    int batch_size = 64;
    std::string max_lr = "1e-3";     ///< a number, or "auto": what a range test suggests
    double warmup = 0.3;             ///< the part of the run in which the rate grows
    std::string optimizer = "adamw"; ///< adamw, adam, sgd, lion
    double weight_decay = 0.05;      ///< of matrices and filters; norms and biases have none
    double clip_norm = 0.0;          ///< the greatest norm of the gradients; 0: any
    double ema = 0.0; ///< the decay of an average of the weights, which is then tested and saved; 0: none

    int frozen_epochs = 0;  ///< in which only the head trains
    double body_rate = 1.0; ///< the rate of all but the head, as a factor

    std::string augmentation = "standard"; ///< none, light, standard or strong
    double flip = 0.5;                     ///< the probability that a picture is mirrored
    double mixup = 0.0;                    ///< alpha of MixUp; 0: none
    double label_smoothing = 0.1;
    std::string balance = "none"; ///< for classes of unequal size: none, weights (of the loss) or sampler

    int patience = 0; ///< epochs without improvement after which training stops; 0: never
    double validation_fraction = 0.2;
    std::uint64_t seed = 1;

    bool finds_max_lr() const { return max_lr == "auto"; }
    /// The rate that was given. Throws Error when it is not a number.
    double max_lr_number() const;
    double peak_epoch() const { return warmup * epochs; }
};

/// The recipes, the default first.
const std::vector<Recipe>& recipes();

/// What a recipe is for, in a sentence.
std::string purpose_of(const std::string& recipe);

/// The recipe of that name. Throws Error, naming --recipe, when there is none.
Recipe recipe_named(const std::string& name);

/// Throws Error, naming the flag, when a value is impossible.
void check_recipe(const Recipe& recipe);

/// The recipe as text for a checkpoint: the flags' names without their dashes, and their values.
Flags to_text(const Recipe& recipe);

/// The recipe that `text` was made from. Throws std::out_of_range or std::invalid_argument when it was made from none.
Recipe recipe_from_text(const Flags& text);

} // namespace example

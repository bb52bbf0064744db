#pragma once

#include "programs/flags.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tinyres/optim/lr_suggestion.hpp>

namespace example {

/// All that decides what a training arrives at. The defaults are the reference's recipe.
struct Recipe {
    std::string norm = "bn";        ///< bn, gn or ln
    std::string optimizer = "adam"; ///< adam, adamw or sgd
    int epochs = 24;
    std::optional<double> peak_epoch; ///< where the rate is highest, in epochs from the start; nothing: 5/24 of the run
    int batch_size = 512;
    std::string max_lr = "3.2e-4"; ///< a number, or what the finder suggests: "auto" (by `valley`) or "steepest"
    double weight_decay = 0.01;
    double label_smoothing = 0.0;
    std::uint64_t seed = 1;
    int limit_train = 0; ///< train on the first so many images; 0: all
    int limit_test = 0;  ///< test on the first so many images; 0: all

    /// Whether the finder is to choose the rate.
    bool finds_max_lr() const { return max_lr == "auto" || max_lr == "steepest"; }
    /// By which rule it chooses.
    tinyres::LrRule rule() const { return max_lr == "steepest" ? tinyres::LrRule::steepest : tinyres::LrRule::valley; }
    /// The rate that was given. Throws Error when it is not a number.
    double max_lr_number() const;
    double peak() const { return peak_epoch.value_or(epochs * 5.0 / 24.0); }
};

/// Throws Error, naming the flag, when a value is impossible.
void check_recipe(const Recipe& recipe);

/// The recipe as text for a checkpoint: the flags' names without their dashes, and their values.
Flags to_text(const Recipe& recipe);

/// The recipe that `text` was made from. Throws std::out_of_range or std::invalid_argument when it was made from none.
Recipe recipe_from_text(const Flags& text);

} // namespace example

#include "recipe.hpp"

#include <tinyres/core/error.hpp>

namespace example {

// Each recipe says what is other than in `scratch`, which are the defaults of Recipe.

namespace {

const Recipe scratch{};

const Recipe quick{.name = "quick", .epochs = 10, .max_lr = "2e-3", .augmentation = "light", .label_smoothing = 0.0};

const Recipe thorough{.name = "thorough",
                      .epochs = 150,
                      .clip_norm = 1.0,
                      .ema = 0.998,
                      .augmentation = "strong",
                      .mixup = 0.2,
                      .patience = 40};

const Recipe finetune{.name = "finetune",
                      .normalize = "imagenet",
                      .epochs = 15,
                      .batch_size = 32,
                      .max_lr = "1e-3",
                      .clip_norm = 1.0,
                      .frozen_epochs = 2,
                      .body_rate = 0.1,
                      .patience = 5};

} // namespace

const std::vector<Recipe>& recipes() {
    static const std::vector<Recipe> all{scratch, quick, thorough, finetune};
    return all;
}

std::string purpose_of(const std::string& recipe) {
    if (recipe == "scratch") return "from random weights, for some hundred pictures a class and more";
    if (recipe == "quick") return "a few epochs, to see whether network and data suit each other";
    if (recipe == "thorough") return "long, with strong augmentation, MixUp and averaged weights";
    return "from the weights in --init: first the head, then all of it at a lower rate; for few pictures";
}

Recipe recipe_named(const std::string& name) {
    std::string names;
    for (const Recipe& recipe : recipes()) {
        if (recipe.name == name) return recipe;
        names += (names.empty() ? "" : ", ") + recipe.name;
    }
    throw tinyres::Error("--recipe: there is no recipe '" + name + "'; give one of " + names);
}

} // namespace example

#include "recipe.hpp"

#include "programs/python_number.hpp"

#include <cmath>

namespace example {

double Recipe::max_lr_number() const {
    return learning_rate_of(max_lr, "max-lr", "a number above 0, such as 3.2e-4, or auto or steepest");
}

void check_recipe(const Recipe& recipe) {
    const auto whole = [](int number) { return std::to_string(number); };
    require_flag(recipe.epochs >= 1, "epochs", whole(recipe.epochs), "1 or more");
    require_flag(recipe.batch_size >= 1, "batch-size", whole(recipe.batch_size), "1 or more");
    require_flag(recipe.limit_train >= 0, "limit-train", whole(recipe.limit_train), "0 (all images) or more");
    require_flag(recipe.limit_test >= 0, "limit-test", whole(recipe.limit_test), "0 (all images) or more");
    require_flag(recipe.weight_decay >= 0 && std::isfinite(recipe.weight_decay), "weight-decay",
                 python_number(recipe.weight_decay), "0 or more");
    require_flag(recipe.label_smoothing >= 0 && recipe.label_smoothing < 1, "label-smoothing",
                 python_number(recipe.label_smoothing), "a number from 0 to below 1");
    require_flag(recipe.peak() >= 0 && recipe.peak() <= recipe.epochs, "peak-epoch", python_number(recipe.peak()),
                 "a number from 0 to the run's " + whole(recipe.epochs) + " epochs");
    if (!recipe.finds_max_lr()) static_cast<void>(recipe.max_lr_number());
}

Flags to_text(const Recipe& recipe) {
    return {{"norm", recipe.norm},
            {"optimizer", recipe.optimizer},
            {"epochs", std::to_string(recipe.epochs)},
            {"peak-epoch", python_number(recipe.peak())},
            {"batch-size", std::to_string(recipe.batch_size)},
            {"max-lr", recipe.finds_max_lr() ? recipe.max_lr : python_number(recipe.max_lr_number())},
            {"weight-decay", python_number(recipe.weight_decay)},
            {"label-smoothing", python_number(recipe.label_smoothing)},
            {"seed", std::to_string(recipe.seed)},
            {"limit-train", std::to_string(recipe.limit_train)},
            {"limit-test", std::to_string(recipe.limit_test)}};
}

Recipe recipe_from_text(const Flags& text) {
    return {.norm = text.at("norm"),
            .optimizer = text.at("optimizer"),
            .epochs = std::stoi(text.at("epochs")),
            .peak_epoch = std::stod(text.at("peak-epoch")),
            .batch_size = std::stoi(text.at("batch-size")),
            .max_lr = text.at("max-lr"),
            .weight_decay = std::stod(text.at("weight-decay")),
            .label_smoothing = std::stod(text.at("label-smoothing")),
            .seed = std::stoull(text.at("seed")),
            .limit_train = std::stoi(text.at("limit-train")),
            .limit_test = std::stoi(text.at("limit-test"))};
}

} // namespace example

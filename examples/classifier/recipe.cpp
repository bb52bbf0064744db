#include "recipe.hpp"

#include "programs/python_number.hpp"

#include <cmath>
#include <stdexcept>

namespace example {

double Recipe::max_lr_number() const {
    return learning_rate_of(max_lr, "max-lr", "a number above 0, such as 1e-3, or auto");
}

void check_recipe(const Recipe& recipe) {
    const auto whole = [](int number) { return std::to_string(number); };
    const auto at_least = [&](const char* flag, int value, int least) {
        require_flag(value >= least, flag, whole(value), whole(least) + " or more");
    };
    const auto from_0 = [](const char* flag, double value) {
        require_flag(value >= 0 && std::isfinite(value), flag, python_number(value), "0 or more");
    };
    const auto below_1 = [](const char* flag, double value) {
        require_flag(value >= 0 && value < 1, flag, python_number(value), "a number from 0 to below 1");
    };
    at_least("image-size", recipe.image_size, 0);
    at_least("epochs", recipe.epochs, 1);
    at_least("batch-size", recipe.batch_size, 1);
    at_least("frozen-epochs", recipe.frozen_epochs, 0);
    at_least("patience", recipe.patience, 0);
    from_0("weight-decay", recipe.weight_decay);
    from_0("clip-norm", recipe.clip_norm);
    from_0("mixup", recipe.mixup);
    from_0("body-rate", recipe.body_rate);
    below_1("ema", recipe.ema);
    below_1("label-smoothing", recipe.label_smoothing);
    below_1("validation-fraction", recipe.validation_fraction);
    const auto share = [](const char* flag, double value) {
        require_flag(value >= 0 && value <= 1, flag, python_number(value), "a number from 0 to 1");
    };
    share("warmup", recipe.warmup);
    share("flip", recipe.flip);
    require_flag(recipe.frozen_epochs == 0 || recipe.frozen_epochs < recipe.epochs, "frozen-epochs",
                 whole(recipe.frozen_epochs), "fewer than the run's " + whole(recipe.epochs) + " epochs");
    require_flag(recipe.validation_fraction > 0, "validation-fraction", "0", "a number above 0, such as 0.2");
    if (!recipe.finds_max_lr()) static_cast<void>(recipe.max_lr_number());
}

Flags to_text(const Recipe& recipe) {
    return {{"recipe", recipe.name},
            {"network", recipe.network},
            {"image-size", std::to_string(recipe.image_size)},
            {"fit", recipe.fit},
            {"normalize", recipe.normalize},
            {"epochs", std::to_string(recipe.epochs)},
            {"batch-size", std::to_string(recipe.batch_size)},
            {"max-lr", recipe.finds_max_lr() ? recipe.max_lr : python_number(recipe.max_lr_number())},
            {"warmup", python_number(recipe.warmup)},
            {"optimizer", recipe.optimizer},
            {"weight-decay", python_number(recipe.weight_decay)},
            {"clip-norm", python_number(recipe.clip_norm)},
            {"ema", python_number(recipe.ema)},
            {"frozen-epochs", std::to_string(recipe.frozen_epochs)},
            {"body-rate", python_number(recipe.body_rate)},
            {"augmentation", recipe.augmentation},
            {"flip", python_number(recipe.flip)},
            {"mixup", python_number(recipe.mixup)},
            {"label-smoothing", python_number(recipe.label_smoothing)},
            {"balance", recipe.balance},
            {"patience", std::to_string(recipe.patience)},
            {"validation-fraction", python_number(recipe.validation_fraction)},
            {"seed", std::to_string(recipe.seed)}};
}

Recipe recipe_from_text(const Flags& text) {
    const auto parsed = [&](const char* flag, auto value) {
        const std::string& digits = text.at(flag);
        const char* const end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, value);
        if (error != std::errc{} || stop != end) throw std::invalid_argument(flag);
        return value;
    };
    const auto whole = [&](const char* flag) { return parsed(flag, 0); };
    const auto number = [&](const char* flag) { return parsed(flag, 0.0); };
    return {.name = text.at("recipe"),
            .network = text.at("network"),
            .image_size = whole("image-size"),
            .fit = text.at("fit"),
            .normalize = text.at("normalize"),
            .epochs = whole("epochs"),
            .batch_size = whole("batch-size"),
            .max_lr = text.at("max-lr"),
            .warmup = number("warmup"),
            .optimizer = text.at("optimizer"),
            .weight_decay = number("weight-decay"),
            .clip_norm = number("clip-norm"),
            .ema = number("ema"),
            .frozen_epochs = whole("frozen-epochs"),
            .body_rate = number("body-rate"),
            .augmentation = text.at("augmentation"),
            .flip = number("flip"),
            .mixup = number("mixup"),
            .label_smoothing = number("label-smoothing"),
            .balance = text.at("balance"),
            .patience = whole("patience"),
            .validation_fraction = number("validation-fraction"),
            .seed = parsed("seed", std::uint64_t{0})};
}

} // namespace example

#pragma once

#include "options.hpp"
#include "programs/command_line.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <tinyres/core/error.hpp>

namespace example {

inline constexpr const char* data_help =
    "a folder of classes (or with train/, val/, test/ in it), a manifest (.csv, .jsonl), a packed file, an .npz "
    "archive with images and labels, or a directory with the files of CIFAR-10, CIFAR-100 or MNIST";

/// Flags that override single members of a recipe: which of them are given is known when all is parsed.
struct RecipeFlags {
    std::string recipe = "scratch";
    std::map<std::string, std::string> values; ///< flag without dashes, value
};

inline void add_machine(CLI::App& command, Machine& machine) {
    command
        .add_option("--backend", machine.backend, "cpu, or cuda (an NVIDIA GPU), where the program was built with it")
        ->check(CLI::IsMember({"cpu", "cuda"}));
    command
        .add_option("--precision", machine.precision,
                    "fp32, or bf16 for mixed precision, where the program was compiled with it")
        ->check(CLI::IsMember({"fp32", "bf16"}));
    command.add_option("--threads", machine.threads,
                       "number of compute threads; 0: one per processor that the process may use");
}

inline void add_loader_threads(CLI::App& command, int& threads) {
    command
        .add_option("--loader-threads", threads, "threads that read and augment pictures; 0: half of the processors")
        ->check(CLI::Range(0, 1024));
}

/// The flags that find-lr and train share.
inline void add_training(CLI::App& command, RunOptions& options, RecipeFlags& flags) {
    command.add_option("--data", options.data, data_help);
    command.add_flag("--skip-unreadable", options.skip_unreadable, "leave out files that cannot be read as pictures");
    std::vector<std::string> names;
    for (const Recipe& recipe : recipes()) names.push_back(recipe.name);
    command.add_option("--recipe", flags.recipe, "what is not said by other flags; the command 'recipes' lists them")
        ->check(CLI::IsMember(names));
    const auto add = [&](const std::string& flag, const std::string& help) {
        return command.add_option_function<std::string>(
            "--" + flag, [&flags, flag](const std::string& value) { flags.values[flag] = value; }, help);
    };
    add("network", "the network; the command 'networks' lists what the program was compiled with [resnet18]");
    add("image-size", "pixels a side that pictures are resized to [the first that the network is compiled for]");
    add("fit", "how a picture becomes a square: crop (its middle) or stretch (all of it)")
        ->check(CLI::IsMember({"crop", "stretch"}));
    add("normalize", "mean and deviation: data (of the training pictures) or imagenet")
        ->check(CLI::IsMember({"data", "imagenet"}));
    add("epochs", "number of epochs");
    add("batch-size", "pictures per step");
    add("max-lr", "peak learning rate; auto finds it by a range test first, as find-lr does");
    add("warmup", "the part of the run in which the rate grows, from 0 to 1");
    add("optimizer", "adamw, adam, sgd (Nesterov) or lion")->check(CLI::IsMember({"adamw", "adam", "sgd", "lion"}));
    add("weight-decay", "weight decay of matrices and filters");
    add("clip-norm", "greatest norm of the gradients; 0: any");
    add("ema", "decay of an average of the weights, which is then tested and saved; 0: none");
    add("frozen-epochs", "epochs at the beginning in which only the last layer trains");
    add("body-rate", "learning rate of all but the last layer, as a factor");
    add("augmentation", "none, light, standard or strong")
        ->check(CLI::IsMember({"none", "light", "standard", "strong"}));
    add("flip", "probability that a picture is mirrored; 0 for digits, letters and the like");
    add("mixup", "alpha of MixUp; 0: none");
    add("label-smoothing", "the part of the target that is spread over all classes, from 0 to below 1");
    add("balance", "for classes of unequal size: none, weights (of the loss) or sampler (draws classes equally often)")
        ->check(CLI::IsMember({"none", "weights", "sampler"}));
    add("patience", "epochs without improvement after which training stops; 0: never");
    add("validation-fraction", "part of each class to validate on, where the data have no validation set");
    add("seed", "random seed")->check(whole_number());
    command.add_option("--init", options.init,
                       "weights to start from: of a run, or of torchvision as a safetensors file; what does not fit, "
                       "such as the last layer, begins anew");
    add_machine(command, options.machine);
    add_loader_threads(command, options.loader_threads);
}

/// The recipe that the flags name, with what they change. Throws Error, naming the flag, for what is not a number.
inline Recipe recipe_of(const RecipeFlags& flags) {
    Flags text = to_text(recipe_named(flags.recipe));
    for (const auto& [flag, value] : flags.values) {
        text[flag] = value;
        try {
            static_cast<void>(recipe_from_text(text));
        } catch (const std::logic_error&) {
            throw tinyres::Error("--" + flag + ": '" + value +
                                 "' is not such a number as it takes; --help shows what it is");
        }
    }
    return recipe_from_text(text);
}

} // namespace example

#include "compiled_network.hpp"
#include "options.hpp"

#include <cstdio>

namespace example {

void list_recipes() {
    std::printf("%-10s %6s %6s %8s %-13s %8s  %s\n", "recipe", "epochs", "batch", "rate", "augmentation", "patience",
                "what for");
    for (const Recipe& recipe : recipes())
        std::printf("%-10s %6d %6d %8s %-13s %8s  %s\n", recipe.name.c_str(), recipe.epochs, recipe.batch_size,
                    recipe.max_lr.c_str(), recipe.augmentation.c_str(),
                    recipe.patience == 0 ? "none" : std::to_string(recipe.patience).c_str(),
                    purpose_of(recipe.name).c_str());
}

void list_networks() {
    std::printf("%-16s %14s %13s  %s\n", "network", "pixels a side", "most classes", "precisions");
    for (const CompiledNetwork& network : compiled_networks())
        std::printf("%-16s %14d %13d  %s\n", network.network, network.image_size, network.most_classes,
                    network.cpu_bf16 ? "fp32, bf16" : "fp32");
    std::printf("\nThe program was compiled with these. Others, of %s, are added by, for example,\n  %s\n",
                known_networks().c_str(), command_to_add("resnet34:224").c_str());
}

} // namespace example

// Classifies images by weights that are part of the program: it opens no file.
#include "network.hpp"
#include "weights.hpp" // written by embed_train

#include <cstdio>
#include <sys/resource.h>

static_assert(tinyres::fits<example::Classifier>(shapes::tensors),
              "these weights are of another network; train it again");

int main() {
    const rlimit no_more_files{};
    if (setrlimit(RLIMIT_NOFILE, &no_more_files) != 0) return 1; // from here on nothing can be opened

    tinyres::Model<example::Classifier, tinyres::Cpu<>> model;
    tinyres::load_embedded(model, shapes::tensors);
    example::print_answers(model);
}

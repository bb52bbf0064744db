#include "data.hpp"
#include "options.hpp"
#include "programs/predictions_output.hpp"
#include "programs/program.hpp"
#include "programs/weights_file.hpp"
#include "run_state.hpp"

#include <cstdio>
#include <tinyres/data/resize.hpp>
#include <tinyres/io/image.hpp>

namespace example {

namespace {

/// Reads a picture as the network takes it and appends it to `images`.
Answer read_picture(const std::string& file, const std::string& fit, tr::Dataset& images) {
    try {
        const tr::Picture picture = tr::read_image(file);
        const tr::Picture small =
            tr::resize(fit == "crop" ? tr::center_square(picture) : picture, images.width, images.height);
        images.images.insert(images.images.end(), small.pixels.begin(), small.pixels.end());
        images.labels.push_back(0); // unknown, and not looked at
        return {.file = file, .width = picture.width, .height = picture.height, .problem = {}};
    } catch (const tr::Error& error) {
        return {.file = file, .problem = error.what()};
    }
}

} // namespace

void predict(const PredictOptions& options) {
    constexpr int pictures_at_once = 100;
    check_machine(options.machine);
    const tr::Safetensors weights = tr::Safetensors::read(options.weights);
    const std::unique_ptr<Learner> learner = make_trained_learner(weights, options.norm, options.machine);
    const std::vector<std::string> names = class_names_of(weights);

    tr::Dataset images{.name = "pictures", .images = {}, .labels = {}, .class_names = names};
    std::vector<Answer> answers;
    for (const std::string& file : options.pictures) answers.push_back(read_picture(file, options.fit, images));
    std::vector<float> chances;
    if (images.size() > 0) {
        TestLoader loader = make_test_loader(images, pictures_at_once, 0);
        chances = learner->predict(loader);
        require_finite(options.weights, "a probability that it gives", chances);
    }
    set_chances(answers, chances, names.size());
    const std::string text =
        options.json ? to_json(answers, names, options.weights.string()) : to_table(answers, names);
    std::fputs(text.c_str(), stdout);
    if (std::vector<std::string> problems = problems_of(answers); !problems.empty())
        throw PartlyFailed(std::move(problems));
}

} // namespace example

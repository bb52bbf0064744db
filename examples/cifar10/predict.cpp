#include "data.hpp"
#include "options.hpp"
#include "run_state.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <tinyres/data/resize.hpp>
#include <tinyres/io/image.hpp>

namespace example {

namespace {

/// A picture that was asked about and what came of it.
struct Answer {
    std::string file;
    int width = 0; // as it is seen, before it was resized
    int height = 0;
    std::string problem;              // empty when it could be read
    std::span<const float> chances{}; // the classes' probabilities; empty when it could not be read
};

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

/// The classes' numbers, the likeliest first.
std::vector<std::size_t> by_chance(std::span<const float> chances) {
    std::vector<std::size_t> classes(chances.size());
    std::iota(classes.begin(), classes.end(), std::size_t{0});
    std::ranges::stable_sort(classes, std::ranges::greater{}, [&](std::size_t number) { return chances[number]; });
    return classes;
}

void print_table(std::span<const Answer> answers, const std::vector<std::string>& names) {
    constexpr std::size_t shown = 5;
    std::size_t widest = 0;
    for (const std::string& name : names) widest = std::max(widest, name.size());
    const char* gap = "";
    for (const Answer& answer : answers) {
        if (answer.chances.empty()) continue;
        std::printf("%s%s (%d x %d)\n", gap, tr::one_line(answer.file).c_str(), answer.width, answer.height);
        const std::vector<std::size_t> classes = by_chance(answer.chances);
        for (const std::size_t number : std::span(classes).first(std::min(shown, classes.size())))
            std::printf("  %-*s  %6.2f%%\n", static_cast<int>(widest), names[number].c_str(),
                        100.0 * static_cast<double>(answer.chances[number]));
        gap = "\n";
    }
}

void print_json(std::span<const Answer> answers, const std::vector<std::string>& names, const std::string& weights) {
    using Json = nlohmann::ordered_json;
    Json pictures = Json::array();
    for (const Answer& answer : answers) {
        Json picture{{"file", answer.file}};
        if (!answer.problem.empty()) {
            picture["error"] = answer.problem;
        } else {
            picture["width"] = answer.width;
            picture["height"] = answer.height;
            picture["predictions"] = Json::array();
            for (const std::size_t number : by_chance(answer.chances))
                picture["predictions"].push_back(
                    {{"class", names[number]}, {"label", number}, {"probability", answer.chances[number]}});
        }
        pictures.push_back(std::move(picture));
    }
    const Json document{{"weights", weights}, {"pictures", std::move(pictures)}};
    // A file's name need not be UTF-8; what JSON cannot hold of it is replaced.
    std::printf("%s\n", document.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
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
    std::vector<std::string> problems;
    std::span<const float> rest(chances);
    for (Answer& answer : answers) {
        if (!answer.problem.empty()) {
            problems.push_back(answer.problem);
        } else {
            answer.chances = rest.first(names.size());
            rest = rest.subspan(names.size());
        }
    }
    if (options.json)
        print_json(answers, names, options.weights.string());
    else
        print_table(answers, names);
    if (!problems.empty()) throw PartlyFailed(std::move(problems));
}

} // namespace example

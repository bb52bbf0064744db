#include "data.hpp"
#include "options.hpp"
#include "record.hpp"

#include <cstdio>

namespace example {

namespace {

constexpr int images_at_once = 500;

struct Images {
    tr::Dataset train;
    tr::Dataset test;
};

/// As asked for, else as the run was.
Machine machine_for(const RunState& run, const Machine& asked) {
    const auto first = [](const std::string& a, const std::string& b, const std::string& c) {
        return !a.empty() ? a : !b.empty() ? b : c;
    };
    const Machine usual;
    return {.backend = first(asked.backend, run.backend, usual.backend),
            .precision = first(asked.precision, run.precision, usual.precision),
            .threads = asked.threads};
}

/// What the report needs of the run's images. What the run says may no longer be there: then nothing comes back, and
/// `why_none` says why. What one asks for (`given`) must be there.
std::optional<Images> load_images(const RunState& run, const std::string& given, std::string& why_none) {
    const std::string& data = given.empty() ? run.data : given;
    if (data.empty()) {
        why_none = "the files of the run do not say where its images are; name the directory with --data";
        return std::nullopt;
    }
    try {
        return Images{.train = load_data(data, tr::Split::train, most_augmented_looked_at),
                      .test = load_data(data, tr::Split::test, run.recipe.limit_test)};
    } catch (const tr::Error& error) {
        if (!given.empty()) throw;
        why_none = error.what();
        return std::nullopt;
    }
}

} // namespace

void make_report(const ReportOptions& options) {
    check_machine(options.machine);
    const auto [state, record] = read_run(options.out);
    const bool synthetic = state.data == synthetic_source;
    if (!options.data.empty() && (options.data == synthetic_source) != synthetic)
        throw tr::Error("--data: the run was trained on " + std::string(synthetic ? "synthetic images" : "CIFAR-10") +
                        ", not on " + options.data + "; leave the flag out, or name the images of the run");
    std::string why_none;
    const std::optional<Images> images = load_images(state, options.data, why_none);
    std::optional<ImageFindings> findings;
    if (images) {
        const Recipe& recipe = state.recipe;
        const std::unique_ptr<Learner> learner = make_learner(recipe, machine_for(state, options.machine));
        load_weights(*learner, tr::Safetensors::read(record.weights));
        TestLoader loader = make_test_loader(images->test, images_at_once, recipe.limit_test);
        findings = find_in_images(*learner, recipe, images->train, images->test, loader);
    } else {
        std::printf("The report has no images and no predictions: %s\n", why_none.c_str());
    }
    write_report(options.out, record, findings, why_none);
    std::printf("The report is %s\n", (options.out / "report.html").c_str());
}

} // namespace example

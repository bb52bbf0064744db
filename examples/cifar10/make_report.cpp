#include "data.hpp"
#include "options.hpp"
#include "report/report.hpp"
#include "text.hpp"

#include <cstdio>

namespace example {

namespace {

constexpr int images_at_once = 500;

struct Images {
    tr::Dataset train;
    tr::Dataset test;
};

/// What the report needs of the run's images. What the run says may no longer be there: then nothing comes back, and
/// `why_none` says why. What one asks for (`given`) must be there.
std::optional<Images> load_images(const RunRecord& run, const std::string& given, std::string& why_none) {
    const std::string& data = given.empty() ? run.state.data : given;
    if (data.empty()) {
        why_none = "the files of the run do not say where its images are; name the directory with --data";
        return std::nullopt;
    }
    try {
        return Images{.train = load_data(data, tr::Split::train, most_augmented_looked_at),
                      .test = load_data(data, tr::Split::test, run.state.recipe.limit_test)};
    } catch (const tr::Error& error) {
        if (!given.empty()) throw;
        why_none = error.what();
        return std::nullopt;
    }
}

/// As asked for, else as the run was.
Machine machine_for(const RunRecord& run, const Machine& asked) {
    const auto first = [](const std::string& a, const std::string& b, const std::string& c) {
        return !a.empty() ? a : !b.empty() ? b : c;
    };
    const Machine usual;
    return {.backend = first(asked.backend, run.state.backend, usual.backend),
            .precision = first(asked.precision, run.state.precision, usual.precision),
            .threads = asked.threads};
}

} // namespace

void make_report(const ReportOptions& options) {
    check_machine(options.machine);
    const RunRecord run = read_run(options.out);
    if (!options.data.empty() && (options.data == synthetic_source) != run.synthetic())
        throw tr::Error("--data: the run was trained on " +
                        std::string(run.synthetic() ? "synthetic images" : "CIFAR-10") + ", not on " + options.data +
                        "; leave the flag out, or name the images of the run");
    std::string why_none;
    const std::optional<Images> images = load_images(run, options.data, why_none);
    std::optional<ImageFindings> findings;
    if (images) {
        const Recipe& recipe = run.state.recipe;
        const std::unique_ptr<Learner> learner = make_learner(recipe, machine_for(run, options.machine));
        load_weights(*learner, tr::Safetensors::read(run.weights));
        TestLoader loader = make_test_loader(images->test, images_at_once, recipe.limit_test);
        findings = find_in_images(*learner, recipe, images->train, images->test, loader);
    } else {
        std::printf("The report has no images and no predictions: %s\n", why_none.c_str());
    }
    write_report(options.out, run, findings, why_none);
    std::printf("The report is %s\n", (options.out / "report.html").c_str());
}

} // namespace example

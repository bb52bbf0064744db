// What a network sees: the features of test images, along their two principal components, as an SVG.
#include "../programs/text.hpp"
#include "images.hpp"
#include "principal_components.hpp"
#include "scatter_plot.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <tinyres/eigen/maps.hpp>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

plot::ScatterPlot scatter_plot(const tr::Dataset& images, const std::string& network,
                               const PrincipalComponents& components, Eigen::Index features) {
    const auto axis = [&](const char* number, int component) {
        return plot::Axis{.label = printed("%s principal component (%.1f%% of the variance)", number,
                                           100.0 * components.explained(component))};
    };
    plot::ScatterPlot result{
        .picture = {.name = "features",
                    .title = "Features of " + with_commas(images.size()) + " test images",
                    .subtitle =
                        (images.synthetic ? "Synthetic images (drawn shapes)" : images.name) + ", by " + network,
                    .description = "Each dot is an image, colored by its class, at the place of its " +
                                   std::to_string(features) + " features along their first two principal components.",
                    .width = 720,
                    .height = 560},
        .x = axis("First", 0),
        .y = axis("Second", 1),
        .classes = images.class_names,
        .points = {}};
    for (int image = 0; image < images.size(); ++image)
        result.points.push_back(
            {components.scores(image, 0), components.scores(image, 1), images.labels[static_cast<std::size_t>(image)]});
    return result;
}

void draw_features(const Options& options) {
    const tr::Dataset images = load_images(options, tr::Split::test, options.images);
    if (images.size() < 2) throw tr::Error("--images: one image has no variance; give 2 or more");
    const tr::RowMatrix<float> pixels = pixels_of(images);
    const Seen seen = options.weights.empty() ? see_with_small_network(options, pixels) : see_with_s10(options, pixels);
    const auto labels = Eigen::Map<const Eigen::VectorXi>(images.labels.data(), images.size());
    const auto right = (seen.predicted.array() == labels.array()).count();
    std::printf("%.1f%% of the %s test images are classified correctly\n",
                100.0 * static_cast<double>(right) / images.size(), with_commas(images.size()).c_str());

    const PrincipalComponents components = principal_components(seen.features.cast<double>(), 2);
    if (!components.explained.allFinite())
        throw tr::Error("the features of all images are the same; give weights of a training that went well");
    std::printf("of %td features, the first two principal components explain %.1f%% and %.1f%% of the variance\n",
                seen.features.cols(), 100.0 * components.explained(0), 100.0 * components.explained(1));
    tr::write_text_file_atomically(options.out,
                                   plot::to_svg(scatter_plot(images, seen.network, components, seen.features.cols())));
    std::printf("wrote %s\n", options.out.c_str());
}

void add_options(CLI::App& app, Options& options) {
    app.option_defaults()->always_capture_default();
    app.add_option("--data", options.data,
                   "directory of CIFAR-10's binary files, or 'synthetic' for images that the program draws");
    app.add_option("--weights", options.weights,
                   "safetensors file of S10 with BatchNorm, as `cifar10 train` or PyTorch writes it; without one, a "
                   "small network is trained first");
    app.add_option("--images", options.images, "number of test images; 0: all")->check(CLI::NonNegativeNumber);
    app.add_option("--out", options.out, "the SVG file to write");
    app.add_option("--train-images", options.train_images, "number of training images for the small network; 0: all")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--epochs", options.epochs, "number of epochs for the small network")->check(CLI::PositiveNumber);
    app.add_option("--seed", options.seed, "random seed of the small network")->check(CLI::NonNegativeNumber);
    app.add_option("--threads", options.threads,
                   "number of compute threads; 0: one per processor that the process may use")
        ->check(CLI::NonNegativeNumber);
}

int fail(const std::string& what) {
    std::fflush(stdout);
    std::fprintf(stderr, "features: error: %s\n", tr::one_line(what).c_str());
    return 1;
}

} // namespace

} // namespace example

int main(int count, char** arguments) {
    CLI::App app{"Draws the features that a network computes of test images, along their first two principal "
                 "components, as an SVG.",
                 "features"};
    example::Options options;
    example::add_options(app, options);
    try {
        app.parse(count, arguments);
        example::draw_features(options);
    } catch (const CLI::Success& request) {
        return app.exit(request);
    } catch (const CLI::ParseError& error) {
        return example::fail(std::string(error.what()) + "; --help shows what can be given");
    } catch (const std::exception& error) {
        return example::fail(error.what());
    }
    return 0;
}

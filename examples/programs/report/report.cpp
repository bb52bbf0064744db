#include "report.hpp"

#include "../plot/picture_grid.hpp"
#include "../text.hpp"
#include "figures.hpp"
#include "page.hpp"

#include <map>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/io/png.hpp>

namespace example {

namespace {

namespace fs = std::filesystem;
using plot::Place;

constexpr int sheet_scale = 3;

/// All that may lie in plots/; what a report has no content for is removed.
using Files = std::map<std::string, std::string>;

std::string png(const tr::Picture& picture) {
    const std::vector<std::byte> bytes = tr::encode_png(picture);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void add_augmented(const std::vector<AugmentedImage>& images, Files& files) {
    plot::PictureGrid grid{.picture = {.name = "augmented",
                                       .title = "Augmented training images",
                                       .subtitle = "As they are, and in epochs 1, 2 and 3",
                                       .description = "The first training image of each class."},
                           .columns = 2,
                           .cells = {}};
    std::vector<tr::Picture> all;
    for (const AugmentedImage& image : images) {
        grid.cells.push_back({.pictures = {}, .captions = {image.label}});
        for (const tr::Picture& version : image.versions) grid.cells.back().pictures.push_back(data_uri(version));
        all.insert(all.end(), image.versions.begin(), image.versions.end());
    }
    files["augmented.svg"] = to_svg(grid, Place::file);
    files["augmented.png"] = png(picture_sheet(all, 2 * static_cast<int>(images.front().versions.size()), sheet_scale));
}

void add_mistakes(const RunRecord& run, const std::vector<Mistake>& mistakes, Files& files) {
    if (mistakes.empty()) return;
    plot::PictureGrid grid{.picture = {.name = "misclassified",
                                       .title = "Misclassified " + run.test_name + " images",
                                       .subtitle = "Those of which the network was surest, with its probabilities",
                                       .description = "Truth and prediction stand below each image."},
                           .columns = 6,
                           .cells = {}};
    std::vector<tr::Picture> all;
    for (const Mistake& mistake : mistakes) {
        grid.cells.push_back(
            {.pictures = {data_uri(mistake.picture)},
             .captions = {printed("%s %.1f%%", mistake.prediction.c_str(), 100 * mistake.probability),
                          printed("truth: %s %.1f%%", mistake.truth.c_str(), 100 * mistake.probability_of_truth)}});
        all.push_back(mistake.picture);
    }
    files["misclassified.svg"] = to_svg(grid, Place::file);
    files["misclassified.png"] = png(picture_sheet(all, grid.columns, sheet_scale));
}

Files files_of(const RunRecord& run, const std::optional<ImageFindings>& images) {
    Files files{{"learning_rate.svg", to_svg(learning_rate_plot(run), Place::file)},
                {"loss.svg", to_svg(loss_plot(run), Place::file)},
                {"accuracy.svg", to_svg(accuracy_plot(run), Place::file)},
                {"throughput.svg", to_svg(speed_plot(run), Place::file)}};
    for (const char* name : {"lr_finder.svg", "confusion_matrix.svg", "class_accuracy.svg", "predictions.csv",
                             "augmented.svg", "augmented.png", "misclassified.svg", "misclassified.png"})
        files[name] = "";
    if (run.range_test) files["lr_finder.svg"] = to_svg(range_test_plot(*run.range_test, run.max_lr), Place::file);
    if (!images) return files;
    files["confusion_matrix.svg"] = to_svg(confusion_plot(run, images->predictions), Place::file);
    files["class_accuracy.svg"] = to_svg(class_plot(run, images->predictions), Place::file);
    files["predictions.csv"] = images->predictions.csv();
    add_augmented(images->augmented, files);
    add_mistakes(run, images->mistakes, files);
    return files;
}

} // namespace

void write_report(const fs::path& folder, const RunRecord& run, const std::optional<ImageFindings>& images,
                  const std::string& why_none) {
    const std::string page = report_page(run, images, why_none);
    const fs::path plots = folder / "plots";
    std::error_code failure;
    fs::create_directories(plots, failure);
    if (failure)
        throw tr::Error("cannot make the directory " + plots.string() + ": " + failure.message() +
                        "; remove what is in its place, or give yourself the right to write there");
    for (const auto& [name, content] : files_of(run, images))
        if (content.empty())
            fs::remove(plots / name, failure);
        else
            tr::write_text_file_atomically(plots / name, content);
    tr::write_text_file_atomically(folder / "report.html", page);
}

} // namespace example

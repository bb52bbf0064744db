#include "sections.hpp"

#include "../duration.hpp"
#include "../range_test.hpp"
#include "figures.hpp"
#include "html.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

namespace example {

namespace {

using plot::Place;

std::string percent(double share) {
    return printed("%.2f%%", 100 * share);
}

std::string gigabytes(std::uint64_t bytes) {
    return printed("%.2f GB", static_cast<double>(bytes) / 1e9);
}

double training_seconds(const RunRecord& run) {
    return std::accumulate(run.history.begin(), run.history.end(), 0.0,
                           [](double sum, const HistoryRow& row) { return sum + row.seconds; });
}

/// Over all epochs; 0 when they took no time.
double mean_throughput(const RunRecord& run) {
    double images = 0;
    for (const HistoryRow& row : run.history) images += row.seconds * row.images_per_second;
    return images > 0 ? images / training_seconds(run) : 0.0;
}

std::string tile(const std::string& name, const std::string& value, const std::string& more) {
    return html::element("div", html::text("dt", name) +
                                    html::element("dd", html::escaped(value) + html::text("small", more)));
}

/// The value of the fact `name`; empty when there is none.
std::string said(const RunRecord& run, const std::string& name) {
    for (const auto& [row, value] : run.facts)
        if (row == name) return value;
    return "";
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& rows) {
    std::string body;
    for (const auto& [name, value] : rows)
        body += html::element("tr", "<th scope=\"row\">" + html::escaped(name) + "</th>" + "<td>" +
                                        html::escaped(value) + "</td>");
    return html::element("table", html::element("tbody", body), " class=\"facts\"");
}

/// "test" as "Test".
std::string capitalized(std::string word) {
    word.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
    return word;
}

/// What the network most often confuses, as rows of a table.
std::vector<std::vector<std::string>> frequent_confusions(const Predictions& predictions) {
    struct Confusion {
        std::size_t truth, taken_for;
        int count, total;
    };
    const std::vector<std::vector<int>> counts = predictions.confusion();
    std::vector<Confusion> all;
    for (std::size_t row = 0; row < counts.size(); ++row) {
        const int total = std::accumulate(counts[row].begin(), counts[row].end(), 0);
        for (std::size_t column = 0; column < counts.size(); ++column)
            if (row != column && counts[row][column] > 0) all.push_back({row, column, counts[row][column], total});
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, &Confusion::count);
    all.resize(std::min<std::size_t>(all.size(), 30));
    std::vector<std::vector<std::string>> rows;
    rows.reserve(all.size());
    for (const Confusion& one : all)
        rows.push_back({html::escaped(predictions.classes()[one.truth]),
                        html::escaped(predictions.classes()[one.taken_for]), with_commas(one.count),
                        printed("%.1f%%", 100.0 * one.count / one.total)});
    return rows;
}

/// All counts, which are too many to read from some classes on.
std::string confusion_table(const RunRecord& run, const Predictions& predictions) {
    std::vector<std::string> header{"Truth"};
    std::vector<std::vector<std::string>> rows;
    const std::vector<std::vector<int>> counts = predictions.confusion();
    for (const std::string& name : predictions.classes()) header.push_back(html::escaped(name));
    for (std::size_t row = 0; row < counts.size(); ++row) {
        rows.push_back({html::escaped(predictions.classes()[row])});
        for (const int count : counts[row]) rows.back().push_back(with_commas(count));
    }
    return html::details("As a table",
                         html::table(capitalized(run.test_name) + " images by truth and prediction", header, rows));
}

} // namespace

bool has_many_classes(const Predictions& predictions) {
    constexpr std::size_t few = 14;
    return predictions.classes().size() > few;
}

std::string tiles(const RunRecord& run) {
    const HistoryRow& judged = run.judged_epoch();
    const int count = run.test_images;
    const std::string test = capitalized(run.test_name);
    std::string content =
        tile(test + " accuracy", percent(judged.test_accuracy),
             with_commas(std::llround(judged.test_accuracy * count)) + " of " + with_commas(count) + " images") +
        tile(test + " loss", printed("%.4f", judged.test_loss), printed("training %.4f", judged.train_loss)) +
        tile("Epochs", std::to_string(run.history.back().epoch),
             "of " + std::to_string(run.epochs) +
                 (run.judged + 1 == run.history.size() ? "" : "; the best is " + std::to_string(judged.epoch))) +
        tile("Training time", spoken_duration(training_seconds(run)), "without the tests") +
        tile("Throughput", printed("%.0f", mean_throughput(run)), "images a second");
    if (run.peak_memory_bytes > 0)
        content += tile("Peak memory", gigabytes(run.peak_memory_bytes), "of the whole program");
    return html::element("dl", content, " class=\"tiles\"");
}

Section recipe_section(const RunRecord& run) {
    return {"recipe", "Recipe",
            facts(run.facts) + html::text("h3", "The same again") +
                html::element("pre", html::text("code", run.command))};
}

Section learning_rate_section(const RunRecord& run) {
    return {"rate", "Learning rate",
            html::text("p", run.rates.words + " The dots are where the epochs of this run began.") +
                html::figure(to_svg(learning_rate_plot(run), Place::page), "")};
}

Section range_test_section(const RunRecord& run) {
    const RangeTest& test = *run.range_test;
    std::string words = "Before the training, the rate grew from step to step on a network of its own. ";
    if (test.suggestion)
        words += printed("%s at %.2e, which is the suggestion", reason_of(test.rule), test.suggestion->max_lr) +
                 (run.finds_max_lr ? " and the highest rate of this run."
                                   : printed("; the highest rate of this run is %.2e.", run.max_lr));
    else
        words += "The loss never fell below its first values, so nothing is suggested.";
    return {"range-test", "Learning-rate finder",
            html::text("p", words) +
                html::figure(to_svg(range_test_plot(test, run.max_lr), Place::page),
                             test.suggestion ? "Shaded: the rates that a cycle goes through." : "")};
}

Section training_section(const RunRecord& run) {
    std::vector<std::vector<std::string>> rows;
    std::size_t best = 0;
    for (const HistoryRow& row : run.history) {
        if (row.test_accuracy > run.history[best].test_accuracy) best = rows.size();
        rows.push_back({std::to_string(row.epoch), printed("%.3g", row.lr), printed("%.4f", row.train_loss),
                        percent(row.train_accuracy), printed("%.4f", row.test_loss), percent(row.test_accuracy),
                        clock_duration(row.seconds)});
    }
    const std::string figures = html::figure(to_svg(loss_plot(run), Place::page), "") +
                                html::figure(to_svg(accuracy_plot(run), Place::page), "");
    const std::string test = capitalized(run.test_name);
    return {"training", "Loss and accuracy",
            html::element("div", figures, " class=\"pair\"") +
                html::text("p", "The numbers of training are means over an epoch's steps, on augmented images and with "
                                "dropout where the network has it; those of the " +
                                    run.test_name + (run.test_name == "test" ? "" : " images") +
                                    " come after the epoch.") +
                html::details("The numbers by epoch",
                              html::table("Each epoch; the one of the highest " + run.test_name + " accuracy is bold",
                                          {"Epoch", "Rate", "Train loss", "Train accuracy", test + " loss",
                                           test + " accuracy", "Time"},
                                          rows, best))};
}

Section confusion_section(const RunRecord& run, const Predictions& predictions) {
    constexpr std::size_t most_in_table = 40;
    const double share = static_cast<double>(predictions.correct()) / predictions.size();
    std::string words = "Rows are what the " + run.test_name +
                        " images show, columns what the network takes them for. The diagonal holds " +
                        with_commas(predictions.correct()) + " of " + with_commas(predictions.size()) +
                        " images: " + percent(share) + '.';
    const long long then = std::llround(run.judged_epoch().test_accuracy * run.test_images);
    if (then != predictions.correct())
        words += " The run itself counted " + with_commas(then) +
                 "; the two differ because the predictions were made on another backend, in another precision or from "
                 "other images.";
    std::string body = html::text("p", words) + html::figure(to_svg(confusion_plot(run, predictions), Place::page), "");
    if (has_many_classes(predictions))
        body +=
            html::details("What is confused most often", html::table("Pairs of classes by the number of images",
                                                                     {"Truth", "Taken for", "Images", "Of the class"},
                                                                     frequent_confusions(predictions)));
    if (predictions.classes().size() <= most_in_table) body += confusion_table(run, predictions);
    return {"confusion", "Confusion matrix", body};
}

Section classes_section(const RunRecord& run, const Predictions& predictions) {
    const std::vector<std::vector<int>> counts = predictions.confusion();
    std::vector<std::vector<std::string>> rows;
    for (std::size_t row = 0; row < counts.size(); ++row) {
        const int total = std::accumulate(counts[row].begin(), counts[row].end(), 0);
        int taken = 0;
        std::size_t other = row;
        for (std::size_t column = 0; column < counts.size(); ++column) {
            taken += counts[column][row];
            if (column != row && counts[row][column] > (other == row ? 0 : counts[row][other])) other = column;
        }
        const auto share = [&](int of) {
            return of == 0 ? std::string("none") : printed("%.1f%%", 100.0 * counts[row][row] / of);
        };
        rows.push_back({html::escaped(predictions.classes()[row]),
                        with_commas(counts[row][row]) + " of " + with_commas(total), share(total), share(taken),
                        other == row ? "nothing"
                                     : html::escaped(predictions.classes()[other]) + " (" +
                                           with_commas(counts[row][other]) + ")"});
    }
    return {"classes", "Accuracy by class",
            html::text("p", "How many of a class's " + run.test_name + " images are recognized.") +
                html::figure(to_svg(class_plot(run, predictions), Place::page), "") +
                html::details("As a table, with precision",
                              html::table("Precision: how many of those taken for the class are of it",
                                          {"Class", "Right", "Accuracy", "Precision", "Most often taken for"}, rows))};
}

Section augmentation_section(const RunRecord& run, const std::vector<AugmentedImage>& images) {
    std::string items;
    for (const AugmentedImage& image : images) {
        std::string versions;
        for (std::size_t i = 0; i < image.versions.size(); ++i) {
            const std::string alt = image.label + (i == 0 ? ", as it is" : ", as in epoch " + std::to_string(i));
            versions += "<img width=\"32\" height=\"32\" alt=\"" + html::escaped(alt) + "\" src=\"" +
                        data_uri(image.versions[i]) + "\"/>\n";
        }
        items += html::element("li", html::figure(html::element("div", versions, " class=\"versions\""),
                                                  html::text("strong", image.label)));
    }
    return {"augmentation", "Augmented training images",
            html::text("p", "The first training image of each class: as it is, and what augmentation makes of it in "
                            "epochs 1, 2 and 3. " +
                                run.augmentation) +
                html::element("ul", items, " class=\"pictures wide\"")};
}

Section mistakes_section(const RunRecord& run, const ImageFindings& images) {
    const int wrong = images.predictions.size() - images.predictions.correct();
    if (wrong == 0)
        return {"mistakes", "Mistakes", html::text("p", "All " + run.test_name + " images are predicted rightly.")};
    std::string items;
    for (const Mistake& mistake : images.mistakes) {
        const std::string picture =
            "<img width=\"32\" height=\"32\" alt=\"" +
            html::escaped(run.test_name + " image " + std::to_string(mistake.image) + ": " + mistake.truth) +
            "\" src=\"" + data_uri(mistake.picture) + "\"/>\n";
        items +=
            html::element("li", html::figure(picture, "truth: <strong>" + html::escaped(mistake.truth) +
                                                          "</strong><br/>prediction: <strong>" +
                                                          html::escaped(mistake.prediction) + "</strong><br/>" +
                                                          printed("%.1f%%, truth %.1f%%", 100 * mistake.probability,
                                                                  100 * mistake.probability_of_truth)));
    }
    return {"mistakes", "Mistakes",
            html::text("p", with_commas(wrong) + " of " + with_commas(images.predictions.size()) + ' ' + run.test_name +
                                " images are predicted wrongly. These are the " +
                                std::to_string(images.mistakes.size()) +
                                " of which the network was surest, with the probabilities that it gave.") +
                html::element("ul", items, " class=\"pictures\"")};
}

Section speed_section(const RunRecord& run) {
    const auto [slowest, fastest] =
        std::minmax_element(run.history.begin(), run.history.end(), [](const HistoryRow& a, const HistoryRow& b) {
            return a.images_per_second < b.images_per_second;
        });
    std::vector<std::pair<std::string, std::string>> rows{
        {"throughput", printed("%.1f images/s on the average, %.1f in the slowest epoch, %.1f in the fastest",
                               mean_throughput(run), slowest->images_per_second, fastest->images_per_second)},
        {"training", spoken_duration(training_seconds(run)) + " in all, without the tests; " +
                         spoken_duration(training_seconds(run) / static_cast<double>(run.history.size())) +
                         " an epoch"}};
    if (const std::string planned = said(run, "memory"); !planned.empty())
        rows.emplace_back("memory", planned + ": weights, optimizer, activations and images");
    if (run.peak_memory_bytes > 0)
        rows.emplace_back("peak memory", gigabytes(run.peak_memory_bytes) +
                                             ", as the system counts it for the whole program" +
                                             (run.backend == "cuda" ? ", without the GPU's" : ""));
    for (const char* name : {"backend", "instruction set", "threads"})
        if (const std::string value = said(run, name); !value.empty()) rows.emplace_back(name, value);
    return {
        "speed", "Throughput and memory",
        html::element("div", html::figure(to_svg(speed_plot(run), Place::page), "") + facts(rows), " class=\"pair\"")};
}

} // namespace example

#include "examples/markup.hpp"
#include "examples/program.hpp"

#include <cmath>
#include <cstdlib>
#include <sys/resource.h>
#include <tinyres/io/safetensors.hpp>

using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

/// A finished run with a report, made once for all tests.
struct TrainedRun {
    TemporaryDirectory directory;
    fs::path out = directory / "run";
    Outcome outcome = run(tiny_training(out, {"--limit-test", "40", "--epochs", "2", "--max-lr", "0.003"}));
};

const TrainedRun& trained_run() {
    static const TrainedRun run;
    REQUIRE(run.outcome.status == 0);
    return run;
}

/// A copy of the run's files, but for its report.
void copy_run(const fs::path& to) {
    fs::create_directories(to);
    for (const char* name : {"checkpoint.safetensors", "model.safetensors", "history.csv"})
        fs::copy_file(trained_run().out / name, to / name);
}

Outcome report(const fs::path& out, const Arguments& more = {}) {
    Arguments arguments{"report", "--out", out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
}

Element page_of(const fs::path& out) {
    return read_markup(content_of(out / "report.html"));
}

const std::set<std::string> all_plots{"accuracy.svg",       "augmented.png",        "augmented.svg",
                                      "class_accuracy.svg", "confusion_matrix.svg", "learning_rate.svg",
                                      "loss.svg",           "misclassified.png",    "misclassified.svg",
                                      "predictions.csv",    "throughput.svg"};

std::set<std::string> section_ids(const Element& page) {
    std::set<std::string> ids;
    for (const Element* section : page.all("section")) ids.insert(section->attributes.at("id"));
    return ids;
}

/// Every reference leads into the page itself or holds what it refers to.
void check_self_contained(const Element& element) {
    for (const auto& attribute : element.attributes) {
        const auto& name = attribute.first; // clang 14 lets no structured binding into CAPTURE
        const auto& value = attribute.second;
        CAPTURE(element.name);
        CAPTURE(name);
        if (name == "src" || name == "href" || name == "action" || name == "srcset")
            CHECK((value.starts_with("#") || value.starts_with("data:")));
        else if (name != "xmlns")
            CHECK(value.find("://") == std::string::npos);
        CHECK(!name.starts_with("on"));
    }
    for (const Element& inner : element.content) check_self_contained(inner);
}

/// The numbers of a table's body, without its first column.
std::vector<std::vector<double>> numbers_of(const Element& table) {
    std::vector<std::vector<double>> rows;
    for (const Element* row : table.all("tbody").at(0)->all("tr")) {
        rows.emplace_back();
        for (const Element* cell : row->all("td")) rows.back().push_back(std::atof(cell->text.c_str()));
    }
    return rows;
}

} // namespace

TEST_CASE("train writes a report of all sections that needs no other file, and its pieces as files") {
    const TrainedRun& trained = trained_run();
    CHECK(lines_of(trained.outcome.out).back() == "The report is " + (trained.out / "report.html").string());
    CHECK(names_in(trained.out / "plots") == all_plots);
    const std::string text = content_of(trained.out / "report.html");
    const Element page = read_markup(text);
    CHECK(section_ids(page) == std::set<std::string>{"recipe", "rate", "training", "confusion", "classes",
                                                     "augmentation", "mistakes", "speed"});
    check_self_contained(page);
    CHECK(page.all("script").empty());
    CHECK(text.find("url(h") == std::string::npos);
    CHECK(text.find("@import") == std::string::npos);
    CHECK(page.text.find("nan") == std::string::npos);
    CHECK(page.attributes.at("lang") == "en");
    for (const Element* image : page.all("img")) {
        CHECK(!image->attributes.at("alt").empty());
        CHECK(image->attributes.at("src").starts_with("data:image/png;base64,iVBORw0KGgo"));
    }
    for (const Element* link : page.all("nav").at(0)->all("a"))
        CHECK(page.with_id(link->attributes.at("href").substr(1)) != nullptr);
    std::set<std::string> ids;
    const std::function<void(const Element&)> check_ids = [&](const Element& element) {
        if (const auto id = element.attributes.find("id"); id != element.attributes.end())
            CHECK(ids.insert(id->second).second);
        for (const Element& inner : element.content) check_ids(inner);
    };
    check_ids(page);
    CHECK(page.text.find("synthetic") != std::string::npos);
    for (const std::string& line : lines_with(trained.outcome.out, "  seed ")) // the banner is the one that was printed
        CHECK(page.with_id("recipe")->text.find(line.substr(line.find_last_of(' ') + 1)) != std::string::npos);
}

TEST_CASE("every plot is well-formed SVG with a title, a description and numbers") {
    for (const std::string& name : all_plots) {
        CAPTURE(name);
        const std::string text = content_of(trained_run().out / "plots" / name);
        CHECK(!text.empty());
        if (name.ends_with(".png")) CHECK(text.starts_with("\x89PNG"));
        if (!name.ends_with(".svg")) continue;
        const Element svg = read_markup(text);
        CHECK(svg.name == "svg");
        CHECK(svg.attributes.at("xmlns") == "http://www.w3.org/2000/svg");
        CHECK(svg.content.at(0).name == "title");
        CHECK(!svg.content.at(0).text.empty());
        CHECK(svg.content.at(1).name == "desc");
        CHECK(!svg.content.at(1).text.empty());
        check_self_contained(svg);
        for (const Element* shape : svg.all("rect"))
            for (const char* size : {"width", "height"}) CHECK(std::atof(shape->attributes.at(size).c_str()) >= 0);
        for (const char* no_number : {"\"nan", "nan,", "\"inf", "inf,", "\"-inf", "-nan"})
            CHECK(text.find(no_number) == std::string::npos);
    }
}

TEST_CASE("the confusion matrix counts every test image, and its diagonal those of the last test line") {
    const TrainedRun& trained = trained_run();
    const Element page = page_of(trained.out);
    const std::vector<std::vector<double>> counts = numbers_of(*page.with_id("confusion")->all("table").at(0));
    REQUIRE(counts.size() == 10);
    double all = 0, diagonal = 0;
    for (std::size_t row = 0; row < 10; ++row) {
        REQUIRE(counts[row].size() == 10);
        diagonal += counts[row][row];
        for (const double count : counts[row]) all += count;
        CHECK(page.with_id("classes")->all("tbody").at(0)->all("tr").at(row)->all("td").at(0)->text ==
              std::to_string(static_cast<int>(counts[row][row])) + " of 4"); // labels go round the classes
    }
    CHECK(all == 40);
    const std::string last = lines_with(trained.outcome.out, "Test set: ").back();
    const std::string correct = std::to_string(static_cast<int>(diagonal));
    CHECK(last.find("Accuracy: " + correct + "/40 ") != std::string::npos);
    CHECK(page.all("header").at(0)->text.find(correct + " of 40 images") != std::string::npos);
    CHECK(page.with_id("confusion")->text.find("The run itself counted") == std::string::npos);

    // The same from the picture, from the list of predictions and from the mistakes.
    const Element plot = read_markup(content_of(trained.out / "plots/confusion_matrix.svg"));
    double in_picture = 0;
    for (const Element* cell : plot.all("rect"))
        if (cell->text.find(" recognized: ") != std::string::npos)
            in_picture += std::atof(cell->text.substr(cell->text.find(": ") + 2).c_str());
    CHECK(in_picture == diagonal);
    const std::vector<std::string> predictions = lines_of(content_of(trained.out / "plots/predictions.csv"));
    REQUIRE(predictions.size() == 41);
    double in_list = 0;
    for (std::size_t i = 1; i < predictions.size(); ++i) {
        const std::string& line = predictions[i];
        const std::size_t truth = line.find(',') + 1, prediction = line.find(',', truth) + 1;
        in_list += line.substr(truth, prediction - truth) ==
                   line.substr(prediction, line.find(',', prediction) + 1 - prediction);
    }
    CHECK(in_list == diagonal);
    CHECK(static_cast<double>(page.with_id("mistakes")->all("img").size()) == std::min(24.0, 40 - diagonal));
    CHECK(page.with_id("mistakes")
              ->text.starts_with("Mistakes\n" + std::to_string(static_cast<int>(40 - diagonal)) + " of 40 "));
}

TEST_CASE("the numbers by epoch are those of history.csv") {
    const TrainedRun& trained = trained_run();
    const std::vector<std::vector<double>> table =
        numbers_of(*page_of(trained.out).with_id("training")->all("table").at(0));
    const std::vector<std::string> history = lines_of(content_of(trained.out / "history.csv"));
    REQUIRE(table.size() == 2);
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        std::istringstream line{history[epoch + 1]};
        std::vector<double> row;
        for (std::string field; std::getline(line, field, ',');) row.push_back(std::stod(field));
        CHECK(table[epoch][0] == doctest::Approx(row[1]).epsilon(0.01));
        CHECK(table[epoch][1] == doctest::Approx(row[2]).epsilon(1e-4));
        CHECK(table[epoch][2] == doctest::Approx(100 * row[3]).epsilon(1e-4));
        CHECK(table[epoch][3] == doctest::Approx(row[4]).epsilon(1e-4));
        CHECK(table[epoch][4] == doctest::Approx(100 * row[5]).epsilon(1e-4));
    }
}

TEST_CASE("report makes the same report again from the run's files alone, and a poorer one without the checkpoint") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run";
    copy_run(out);
    const Outcome again = report(out, {"--threads", "1"});
    CAPTURE(again.error);
    REQUIRE(again.status == 0);
    CHECK(again.out == "The report is " + (out / "report.html").string() + '\n');
    CHECK((content_of(out / "report.html") == content_of(trained_run().out / "report.html")));
    for (const std::string& name : all_plots)
        CHECK((content_of(out / "plots" / name) == content_of(trained_run().out / "plots" / name)));

    fs::remove(out / "checkpoint.safetensors");
    REQUIRE(report(out).status == 0);
    const Element page = page_of(out);
    CHECK(section_ids(page).size() == 8);
    CHECK(page.with_id("confusion")->text == page_of(trained_run().out).with_id("confusion")->text);
    CHECK(page.with_id("rate")->text == page_of(trained_run().out).with_id("rate")->text);
}

TEST_CASE("a run that is not finished, with a range test beside it, is reported as what it is") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run";
    {
        Program program{tiny_training(out)};
        REQUIRE(program.wait_until([&] { return fs::exists(out / "checkpoint.safetensors"); }));
        program.signal(SIGKILL);
    }
    put(out / "lr_finder.csv",
        "learning_rate,loss,smoothed_loss\n1e-05,2.4,2.4\n0.0001,2.3,2.3\n0.001,1.5,1.5\n0.01,1.4,1.4\n0.1,9.0,9.0\n");
    const Outcome outcome = report(out);
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    const Element page = page_of(out);
    CHECK(page.all("header").at(0)->text.find("not finished") != std::string::npos);
    CHECK(page.with_id("range-test")->text.find("3.20e-04") != std::string::npos);       // what the run has used
    CHECK(page.with_id("range-test")->text.find("LRMAX 1.00e-03") != std::string::npos); // the valley's middle
    CHECK(names_in(out / "plots").contains("lr_finder.svg"));

    put(out / "lr_finder.csv", "learning_rate,loss,smoothed_loss\n1e-05,1.0,1.0\n0.0001,1.1,1.1\n0.001,1.2,1.2\n");
    REQUIRE(report(out).status == 0);
    CHECK(page_of(out).with_id("range-test")->text.find("nothing is suggested") != std::string::npos);
    put(out / "lr_finder.csv", "learning_rate,loss\n1e-05,2.4\n0.0001,2.3\n0.001,1.5\n0.01,1.4\n0.1,9.0\n");
    REQUIRE(report(out).status == 0); // of an earlier version
    CHECK(page_of(out).with_id("range-test")->text.find("LRMAX 1.00e-03") != std::string::npos);
    for (const char* damage : {"", "learning_rate,loss,smoothed_loss\n", "learning_rate,loss,smoothed_loss\n1e-5\n",
                               "learning_rate,loss,smoothed_loss\n0,1,1\n1,nan,1\n",
                               "learning_rate,loss,smoothed_loss\n0.1,1,1\n0.1,1,1\n"}) {
        CAPTURE(damage);
        put(out / "lr_finder.csv", damage);
        check_refused(report(out), {(out / "lr_finder.csv").string(), "damaged"});
    }
}

TEST_CASE("without the images the report says so and has the rest; asked for by name they must be there") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run", checkpoint = out / "checkpoint.safetensors";
    copy_run(out);
    fs::create_directory(out / "plots");
    put(out / "plots/confusion_matrix.svg", "of before");
    {
        const tinyres::Safetensors file = tinyres::Safetensors::read(checkpoint);
        auto metadata = file.metadata();
        metadata["cifar10.data"] = "/gone/<b>&\"it's\"";
        tinyres::write_safetensors(checkpoint, file.tensors(), metadata);
    }
    const Outcome outcome = report(out);
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    CHECK(lines_with(outcome.out, "The report has no images and no predictions: --data: ").size() == 1);
    const Element page = page_of(out);
    CHECK(section_ids(page) == std::set<std::string>{"recipe", "rate", "training", "speed"});
    CHECK(page.all("header").at(0)->text.find("no predictions in this report") != std::string::npos);
    CHECK(page.text.find("/gone/<b>&\"it's\"") != std::string::npos); // escaped, or the page were no XML
    CHECK(!fs::exists(out / "plots/confusion_matrix.svg"));

    check_refused(report(out, {"--data", (directory / "nowhere").string()}), {"--data", "nowhere"});
    check_refused(report(out, {"--data", "synthetic"}), {"--data", "CIFAR-10"});
    copy_run(directory / "synthetic");
    check_refused(report(directory / "synthetic", {"--data", directory.path().string()}),
                  {"--data", "synthetic images"});
}

TEST_CASE("what is no run, or no longer one, is refused by name, and nothing is written") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run";
    check_refused(report(out), {"--out", out.string(), "no run"});
    CHECK(!fs::exists(out));
    copy_run(out);
    fs::remove(out / "checkpoint.safetensors");
    const std::string good = content_of(out / "history.csv");
    std::string other_epoch = good;
    other_epoch[good.find("\n2,") + 1] = '3';
    for (const std::string& damaged :
         {std::string{}, good.substr(0, good.size() / 2), good + "more\n", "\n" + good, other_epoch, good + '\0'}) {
        put(out / "history.csv", damaged);
        check_refused(report(out), {(out / "history.csv").string(), "damaged"});
    }
    put(out / "history.csv", lines_of(good)[0] + '\n');
    check_refused(report(out), {(out / "model.safetensors").string(), "0 epochs"});
    fs::remove(out / "history.csv");
    check_refused(report(out), {(out / "history.csv").string()});
    put(out / "checkpoint.safetensors", "no checkpoint");
    check_refused(report(out), {(out / "checkpoint.safetensors").string()});
    CHECK(names_in(out) == std::set<std::string>{"checkpoint.safetensors", "model.safetensors"});
}

TEST_CASE("when the report cannot be written the one of before is intact") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run";
    copy_run(out);
    put(out / "report.html", "the one of before");
    const auto limit_file_size = [] {
        const ::rlimit limit{60'000, 60'000}; // more than a plot, less than the page
        ::signal(SIGXFSZ, SIG_IGN);
        return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
    };
    check_refused(run({"report", "--out", out.string()}, limit_file_size), {"too large"});
    CHECK(content_of(out / "report.html") == "the one of before");
    for (const std::string& name : names_in(out)) CHECK(!name.ends_with(".tmp"));
    fs::remove_all(out / "plots");
    put(out / "plots", "no directory");
    check_refused(report(out), {(out / "plots").string()});
    CHECK(content_of(out / "report.html") == "the one of before");
}

TEST_CASE("a resumed run that was killed before its report gets it") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run";
    copy_run(out);
    fs::create_directory(out / "plots");
    put(out / "plots/.loss.svg.1-0.tmp", "half");
    put(out / ".report.html.1-0.tmp", "half");
    REQUIRE(run({"train", "--out", out.string(), "--resume"}).status == 0);
    CHECK((content_of(out / "report.html") == content_of(trained_run().out / "report.html")));
    CHECK(names_in(out / "plots") == all_plots);
    CHECK(!names_in(out).contains(".report.html.1-0.tmp"));
}

#include "augmentation.hpp"
#include "options.hpp"
#include "programs/predictions_output.hpp"
#include "programs/program.hpp"
#include "programs/status_line.hpp"
#include "programs/weights_file.hpp"
#include "run_data.hpp"
#include "trained.hpp"

#include <algorithm>
#include <cstdio>
#include <tinyres/core/for_each_index.hpp>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/io/classify.hpp>
#include <tinyres/io/image.hpp>

namespace example {

namespace {

namespace fs = std::filesystem;

/// The files that are asked about: of a folder all that lie in it and below, by name, without hidden ones.
std::vector<std::string> files_of(const std::vector<std::string>& pictures) {
    std::vector<std::string> files;
    for (const std::string& picture : pictures) {
        std::error_code failure;
        if (!fs::is_directory(picture, failure)) {
            files.push_back(picture);
            continue;
        }
        std::vector<std::string> found;
        fs::recursive_directory_iterator entry{picture, failure};
        for (; !failure && entry != fs::recursive_directory_iterator{}; entry.increment(failure))
            if (entry->is_regular_file(failure) && !entry->path().filename().string().starts_with('.'))
                found.push_back(entry->path().string());
        if (failure)
            throw tr::Error("cannot read the folder " + picture + ": " + failure.message() +
                            "; give yourself the right to read it");
        if (found.empty()) throw tr::Error("there are no files in " + picture + "; name pictures or a folder of them");
        std::ranges::sort(found);
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

/// A picture that was read: what there is to say about it, and its pixels as the network takes them, unless there is a
/// problem.
struct ReadPicture {
    Answer answer;
    tr::Picture fitted{};
};

ReadPicture read_picture(const std::string& file, const tr::ClassifierNotes& notes) {
    try {
        const tr::Picture picture = tr::read_image(file, {.jpeg = tr::fastest_jpeg_decoder});
        tr::RandomStream nothing_random{{}};
        return {{.file = file, .width = picture.width, .height = picture.height, .problem = {}},
                plain_fit(notes)(picture, nothing_random)};
    } catch (const tr::Error& error) {
        return {{.file = file, .problem = error.what()}};
    }
}

} // namespace

void predict(const PredictOptions& options) {
    check_machine(options.machine);
    if (!options.out.empty()) require_output("--out", options.out, options.weights);
    const Trained trained = read_trained(options.weights, options.machine);
    const tr::ClassifierNotes& notes = trained.notes;
    const std::vector<std::string> files = files_of(options.pictures);

    std::vector<Answer> answers;
    std::vector<float> chances;
    StatusLine status{"Pictures", static_cast<int>(files.size()), StatusLine::Elsewhere::nothing};
    for (std::size_t first = 0; first < files.size(); first += largest_test_batch) {
        const std::size_t count = std::min<std::size_t>(largest_test_batch, files.size() - first);
        std::vector<ReadPicture> pictures(count);
        tr::for_each_index(count, loader_threads(0),
                           [&](std::size_t i) { pictures[i] = read_picture(files[first + i], notes); });
        tr::Dataset inputs{
            .name = "pictures", .height = notes.height, .width = notes.width, .images = {}, .labels = {}};
        for (ReadPicture& picture : pictures) {
            if (picture.answer.problem.empty()) {
                inputs.labels.push_back(0); // unknown, and not looked at
                inputs.images.insert(inputs.images.end(), picture.fitted.pixels.begin(), picture.fitted.pixels.end());
            }
            answers.push_back(std::move(picture.answer));
        }
        status.update(static_cast<int>(answers.size()), "");
        if (inputs.size() == 0) continue;
        const int batch = inputs.size();
        const SizedImages images{"pictures", pictures_of(std::move(inputs)), {}, notes.height, plain_fit(notes)};
        const std::unique_ptr<Batches> batches =
            make_batches(images, tr::normalization_of(notes), {.batch_size = batch});
        const std::vector<float> some = trained.learner->predict(*batches);
        chances.insert(chances.end(), some.begin(), some.end());
    }
    status.clear();
    require_finite(options.weights, "a probability that it gives", chances);
    set_chances(answers, chances, notes.class_names.size());

    const std::string text = options.format == "json"  ? to_json(answers, notes.class_names, options.weights.string())
                             : options.format == "csv" ? to_csv(answers, notes.class_names)
                                                       : to_table(answers, notes.class_names);
    if (options.out.empty())
        std::fputs(text.c_str(), stdout);
    else
        tr::write_text_file_atomically(options.out, text);
    if (std::vector<std::string> problems = problems_of(answers); !problems.empty())
        throw PartlyFailed(std::move(problems));
}

} // namespace example

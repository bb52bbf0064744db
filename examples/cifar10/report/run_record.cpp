#include "run_record.hpp"

#include "../range_test.hpp"

#include <algorithm>
#include <cmath>
#include <tinyres/io/input_file.hpp>

namespace example {

namespace {

std::optional<std::string> text_of(const std::filesystem::path& path) {
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) return std::nullopt;
    tr::InputFile file{path};
    std::string text(static_cast<std::size_t>(file.size()), '\0');
    file.read(std::as_writable_bytes(std::span{text}));
    return text;
}

std::optional<RangeTest> read_range_test(const std::filesystem::path& path, tr::LrRule rule) {
    const std::optional<std::string> text = text_of(path);
    if (!text) return std::nullopt;
    RangeTest test{.curve = {}, .rule = rule, .suggestion = {}};
    const auto damaged = [&](const std::string& what) {
        return tr::Error(what + "; remove the file, and make it again by find-lr");
    };
    try {
        // Earlier versions wrote the running average only.
        const bool earlier = text->starts_with("learning_rate,loss\n");
        const std::vector<std::string> columns(range_test_columns.begin(),
                                               range_test_columns.end() - (earlier ? 1 : 0));
        for (const std::vector<double>& row : tr::History::from_csv(*text, columns, path.string()).rows()) {
            if (!std::ranges::all_of(row, [](double value) { return std::isfinite(value); }))
                throw tr::Error("'" + path.string() + "' is damaged: a number in it is not finite");
            test.curve.push_back({row[0], row[1], row[earlier ? 1 : 2]});
        }
    } catch (const tr::Error& error) {
        throw damaged(error.what());
    }
    for (std::size_t i = 0; i < test.curve.size(); ++i)
        if (!(test.curve[i].learning_rate > (i == 0 ? 0.0 : test.curve[i - 1].learning_rate)))
            throw damaged("'" + path.string() + "' is damaged: its rates do not rise");
    if (test.curve.empty()) throw damaged("'" + path.string() + "' is damaged: it holds no rates");
    try {
        test.suggestion = tr::suggest_learning_rate(test.curve, test.rule);
    } catch (const tr::Error&) { // the curve shows why
    }
    return test;
}

} // namespace

RunRecord make_record(RunState state, const std::filesystem::path& folder, const std::filesystem::path& weights) {
    std::vector<HistoryRow> history = state.history.rows();
    if (history.empty() || std::ssize(history) != state.epochs_done)
        throw tr::Error("'" + weights.string() + "' is of " + std::to_string(state.epochs_done) +
                        " epochs, its history of " + std::to_string(history.size()) +
                        "; put back the files of one run");
    const tr::LrRule rule = state.recipe.rule();
    return {.state = std::move(state),
            .history = std::move(history),
            .range_test = read_range_test(folder / "lr_finder.csv", rule),
            .weights = weights};
}

RunRecord read_run(const std::filesystem::path& folder) {
    const std::filesystem::path checkpoint = folder / "checkpoint.safetensors", model = folder / "model.safetensors",
                                history = folder / "history.csv";
    std::error_code unknown;
    if (std::filesystem::exists(checkpoint, unknown)) return make_record(read_state(checkpoint), folder, checkpoint);
    if (!std::filesystem::exists(model, unknown))
        throw tr::Error("--out: " + folder.string() +
                        " holds no run (no checkpoint.safetensors, no model.safetensors); name the directory that a "
                        "training has written to");
    const std::optional<std::string> csv = text_of(history);
    if (!csv)
        throw tr::Error("--out: there is neither " + history.string() +
                        " nor a checkpoint, so nothing tells how the run went; put one of them back");
    const auto epochs = [&] {
        try {
            return History{*csv, history.string()};
        } catch (const tr::Error& error) {
            throw tr::Error(std::string(error.what()) + "; put back a copy of it, or the run's checkpoint");
        }
    }();
    return make_record(read_finished_state(model, epochs), folder, model);
}

} // namespace example

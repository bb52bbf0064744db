#include "programs/report/report.hpp"
#include "programs/run_directory.hpp"
#include "record.hpp"

#include <cstdio>

namespace example {

void make_report(const ReportOptions& options) {
    check_machine(options.machine);
    const std::filesystem::path checkpoint = options.out / "checkpoint.safetensors";
    std::error_code unknown;
    if (!std::filesystem::exists(checkpoint, unknown))
        throw tr::Error("--out: " + options.out.string() +
                        " holds no run (no checkpoint.safetensors); name the directory that a training has written to");
    const RunState state = read_state(checkpoint);
    Machine machine = options.machine;
    if (machine.backend.empty()) machine.backend = state.backend;
    if (machine.precision.empty()) machine.precision = state.precision;
    const int threads = loader_threads(0);
    std::optional<PictureData> pictures;
    std::string why_none;
    try {
        pictures = open_run_data(options.data.empty() ? state.data : options.data, state.recipe, state.skip_unreadable,
                                 threads);
        if (pictures->class_names != state.notes.class_names)
            throw tr::Error("--data: the classes are not those of the run; name the pictures of the run");
    } catch (const tr::Error& error) { // what the run was trained on may be gone; what one asks for must be there
        if (!options.data.empty()) throw;
        pictures.reset();
        why_none = error.what();
    }
    if (pictures) {
        write_run_report(options.out, state, RunData{std::move(*pictures), state.recipe, state.notes, threads},
                         machine);
        return;
    }
    std::printf("The report has no images and no predictions: %s\n", why_none.c_str());
    write_report(options.out, make_record(state, options.out), std::nullopt, why_none);
    std::printf("The report is %s\n", (options.out / "report.html").c_str());
}

} // namespace example

#pragma once

#include "programs/report/report.hpp"
#include "run_data.hpp"
#include "run_state.hpp"

namespace example {

/// What `state` and the folder of its run say; the weights are those of the best epoch, or of the last where these are
/// gone.
RunRecord make_record(const RunState& state, const std::filesystem::path& folder);

/// Writes a run's report with what its weights make of the run's pictures, and says where it is; also what they come to
/// on the test set, if there is one.
void write_run_report(const std::filesystem::path& folder, const RunState& state, const RunData& data,
                      const Machine& machine);

} // namespace example

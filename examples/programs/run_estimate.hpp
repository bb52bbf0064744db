#pragma once

#include "status_line.hpp"

#include <tinyres/train/fit.hpp>

namespace example {

/// Says once how long the whole run will take, from the batches after the first one, which is slower than the others.
class RunEstimate {
public:
    /// `work` is all that is left of the run, counted in images trained on.
    explicit RunEstimate(double work) : work_(work) {}

    void operator()(StatusLine& status, const tinyres::TrainingProgress& progress) {
        if (told_) return;
        const double seconds = status.seconds();
        const int images = progress.so_far.count;
        const bool last = progress.batch + 1 == progress.batches;
        if (progress.batch == 0 && !last) {
            first_images_ = images;
            first_seconds_ = seconds;
        } else if (last || (progress.batch >= 3 && seconds - first_seconds_ > 2)) {
            const double images_per_second = (images - first_images_) / (seconds - first_seconds_);
            status.print("  The run will take about " + spoken_duration(work_ / images_per_second) + ".");
            told_ = true;
        }
    }

private:
    double work_;
    int first_images_ = 0;
    double first_seconds_ = 0.0;
    bool told_ = false;
};

} // namespace example

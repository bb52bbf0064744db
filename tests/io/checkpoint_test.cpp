#include "files.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/io/checkpoint.hpp"
#include "tinyres/model/freeze.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/lion.hpp"
#include "tinyres/optim/reduce_on_plateau.hpp"
#include "tinyres/optim/rmsprop.hpp"
#include "tinyres/optim/sgd.hpp"
#include "tinyres/train/fit.hpp"

#include <array>
#include <doctest/doctest.h>
#include <stdexcept>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Small = SmallNetwork<tr::Dropout2d<10>>;
using Other = tr::Network<tr::Image<3, 8, 6>, tr::Conv3x3<5>, tr::BatchNorm, tr::Flatten, tr::Linear<4>>;

/// A model and its optimizer: all that a checkpoint keeps.
template <class Network, class Optimizer, class Backend = tr::Cpu<>>
struct Run {
    tr::Model<Network, Backend> model;
    Optimizer optimizer;

    template <class... Options>
    explicit Run(std::uint64_t seed, Backend backend = Backend{}, const Options&... options)
        : model{tr::KaimingUniform{}, seed, std::move(backend)}, optimizer{model, options...} {}

    void train(int steps) {
        for (int step = 0; step < steps; ++step) {
            tr::train_step(model, random_batch<Network>(5, model.steps()));
            optimizer.step(model, 0.01);
        }
    }

    /// Every value and count.
    auto state() {
        std::vector<std::vector<typename Backend::Scalar>> buffers{copy_of(model.parameters()),
                                                                   copy_of(model.statistics())};
        for (const auto& moment : optimizer.moments()) buffers.push_back(copy_of(moment.values));
        return std::tuple(buffers, model.seed(), model.steps(), optimizer.steps());
    }
};

using AdamRun = Run<Small, tr::Adam<tr::Cpu<>>>;
using AdamImageRun = Run<ImageNetwork, tr::Adam<tr::Cpu<>>>;
using SgdRun = Run<Small, tr::Sgd<tr::Cpu<>>>;

/// Checks that `run` cannot go on from `file`, says why, and stays as it was.
template <class AnyRun>
void check_refused(AnyRun& run, const std::filesystem::path& file, std::string_view part) {
    const auto before = run.state();
    check_error(error_of([&] { tr::Checkpoint::read(file).restore(run.model, run.optimizer); }), file, part);
    CHECK(run.state() == before);
}

/// Trains on augmented, shuffled images with dropout for four epochs: either at a stretch, or by two objects that know
/// of each other only what a file says. The number of threads may change in between.
template <template <class> class Optimizer, class Backend, class Options>
void check_resumes(const Options& options, Backend first, Backend second, int loader_threads) {
    const TemporaryDirectory directory;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 26, 4);
    const tr::LoaderOptions loading{.batch_size = 8, .shuffle = true, .seed = 11};
    const tr::OneCycle schedule{{.max_lr = 0.01, .epochs = 4, .peak_epoch = 1, .steps_per_epoch = 4}};
    using OneRun = Run<ImageNetwork, Optimizer<Backend>, Backend>;
    const auto train = [&](OneRun& run, int from, int to, int threads) {
        tr::LoaderOptions own = loading;
        own.threads = threads;
        tr::Loader loader{images, tr::cifar10_augmentation(), own};
        for (int epoch = from; epoch < to; ++epoch)
            tr::train_epoch(run.model, run.optimizer, schedule, loader, epoch, {.label_smoothing = 0.1f},
                            [](const tr::TrainingProgress&) {});
    };
    OneRun whole{5, first, options};
    train(whole, 0, 4, 1);
    {
        OneRun half{5, first, options};
        train(half, 0, 2, 1);
        tr::save_checkpoint(directory / "c", half.model, half.optimizer);
        CHECK(half.state() != whole.state());
    }
    OneRun rest{99, second, options};
    train(rest, 0, 1, 1); // what was there before leaves no trace
    tr::Checkpoint::read(directory / "c").restore(rest.model, rest.optimizer);
    train(rest, 2, 4, loader_threads);
    CHECK(rest.state() == whole.state());
}

} // namespace

TEST_CASE("A checkpoint brings back every value and count") {
    const TemporaryDirectory directory;
    AdamRun run{3};
    run.train(4);
    tr::save_checkpoint(directory / "c", run.model, run.optimizer, {{"epoch", "7"}});
    AdamRun other{4};
    const tr::Checkpoint checkpoint = tr::Checkpoint::read(directory / "c");
    CHECK(checkpoint.note("epoch") == "7");
    CHECK(checkpoint.number<int>("epoch") == 7);
    checkpoint.restore(other.model, other.optimizer);
    CHECK(other.state() == run.state());
    CHECK(other.model.seed() == 3);
    CHECK(other.model.steps() == 4);
    CHECK(other.optimizer.steps() == 4);
    CHECK(directory.entries() == std::set<std::string>{"c"});
}

TEST_CASE("The largest seed survives") {
    const TemporaryDirectory directory;
    AdamRun run{0xFFFFFFFFFFFFFFFF};
    tr::save_checkpoint(directory / "c", run.model, run.optimizer);
    AdamRun other{1};
    tr::Checkpoint::read(directory / "c").restore(other.model, other.optimizer);
    CHECK(other.model.seed() == 0xFFFFFFFFFFFFFFFF);
}

TEST_CASE("A resumed run is bit for bit the run that was never stopped") {
    using Cpu = tr::Cpu<>;
    SUBCASE("Adam") {
        check_resumes<tr::Adam>(tr::AdamOptions{.weight_decay = 0.01}, Cpu{1}, Cpu{1}, 1);
    }
    SUBCASE("Adam, other threads") {
        check_resumes<tr::Adam>(tr::AdamOptions{}, Cpu{2}, Cpu{3}, 2);
    }
    SUBCASE("AdamW") {
        check_resumes<tr::AdamW>(tr::AdamOptions{.weight_decay = 0.1}, Cpu{2}, Cpu{1}, 3);
    }
    SUBCASE("SGD") {
        check_resumes<tr::Sgd>(tr::SgdOptions{.weight_decay = 5e-4}, Cpu{1}, Cpu{2}, 1);
    }
    SUBCASE("RMSprop") {
        check_resumes<tr::RMSprop>(tr::RMSpropOptions{.momentum = 0.5}, Cpu{2}, Cpu{1}, 1);
    }
    SUBCASE("Lion") {
        check_resumes<tr::Lion>(tr::LionOptions{.weight_decay = 0.1}, Cpu{1}, Cpu{2}, 1);
    }
    SUBCASE("Reference") {
        check_resumes<tr::Adam>(tr::AdamOptions{}, tr::Reference<float>{}, tr::Reference<float>{}, 1);
    }
}

TEST_CASE("A run with a plateau schedule, early stopping, averages and a thawed layer resumes bit for bit") {
    const TemporaryDirectory directory;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 26, 4);
    struct Whole {
        AdamImageRun run;
        tr::ReduceOnPlateau schedule{{.max_lr = 0.02, .factor = 0.5, .patience = 1, .epochs = 8}};
        tr::Ema<tr::Cpu<>> ema;
        std::vector<int> best;
        tr::EarlyStopping stopping;

        explicit Whole(std::uint64_t seed)
            : run{seed, tr::Cpu<>{2}},
              ema{run.model, {.decay = 0.9, .statistics = true}},
              stopping{{.patience = 5}, [this](int epoch) { best.push_back(epoch); }} {}

        void train(const tr::Dataset& set, int from, int to, const std::filesystem::path& file) {
            tr::Loader loader{set, tr::cifar10_augmentation(), {.batch_size = 8, .shuffle = true, .seed = 11}};
            tr::fit(run.model, run.optimizer, schedule, loader,
                    [&](int epoch, const tr::Metrics&) { // the metric of a run does not matter here; it is 4, 3, 3.5, …
                        if (epoch == 0) tr::unfreeze(run.model);
                        constexpr std::array metric{4.0, 3.0, 3.5, 3.25, 2.0, 2.5, 2.5, 2.5};
                        return metric[static_cast<std::size_t>(epoch)];
                    },
                    {.label_smoothing = 0.1f},
                    {.first_epoch = from,
                     .update = {.accumulate = 3, .clip_norm = 0.3, .ema = &ema},
                     .early_stopping = &stopping,
                     .after_epoch = [&](int epoch) {
                         if (epoch + 1 != to) return;
                         tr::save_checkpoint(file, run.model, run.optimizer, {}, schedule, ema, stopping);
                         throw std::runtime_error("enough");
                     }});
        }
        auto state() {
            return std::tuple(run.state(), schedule.learning_rate(0), schedule.best(), copy_of(ema.parameters()),
                              copy_of(ema.statistics()), ema.updates(), stopping.best(), stopping.best_epoch(),
                              stopping.stops(), run.optimizer.tensors()[0].steps);
        }
    };
    Whole whole{5};
    tr::freeze(whole.run.model, "1.*");
    CHECK_THROWS_WITH(whole.train(images, 0, 8, directory / "whole"), "enough");
    CHECK(whole.best == std::vector{0, 1, 4});
    CHECK(whole.schedule.learning_rate(0) == 0.005);
    CHECK(whole.run.optimizer.steps() == 16);
    CHECK(whole.run.optimizer.tensors()[0].steps == 14);
    {
        Whole half{5};
        tr::freeze(half.run.model, "1.*");
        CHECK_THROWS_WITH(half.train(images, 0, 4, directory / "c"), "enough");
    }
    Whole rest{99};
    tr::Checkpoint::read(directory / "c")
        .restore(rest.run.model, rest.run.optimizer, rest.schedule, rest.ema, rest.stopping);
    CHECK_THROWS_WITH(rest.train(images, 4, 8, directory / "rest"), "enough");
    CHECK(rest.best == std::vector{4});
    CHECK(rest.state() == whole.state());
    CHECK(content_of(directory / "rest") == content_of(directory / "whole"));

    // What the file lacks is an error that leaves all as it was.
    tr::save_checkpoint(directory / "less", rest.run.model, rest.run.optimizer, {}, rest.schedule);
    Whole other{3};
    const auto before = other.state();
    check_error(error_of([&] {
                    tr::Checkpoint::read(directory / "less")
                        .restore(other.run.model, other.run.optimizer, other.schedule, other.ema);
                }),
                directory / "less", "the state has no number 'ema.updates'");
    CHECK(other.state() == before);
}

TEST_CASE("A checkpoint of another optimizer is refused by name") {
    const TemporaryDirectory directory;
    AdamRun adam{3};
    SgdRun sgd{4};
    Run<Small, tr::AdamW<tr::Cpu<>>> adamw{5};
    tr::save_checkpoint(directory / "adam", adam.model, adam.optimizer);
    tr::save_checkpoint(directory / "sgd", sgd.model, sgd.optimizer);
    check_refused(sgd, directory / "adam", "was written with the optimizer adam, not sgd");
    check_refused(adamw, directory / "adam", "was written with the optimizer adam, not adamw");
    check_refused(adam, directory / "sgd", "was written with the optimizer sgd, not adam");
}

TEST_CASE("A checkpoint of another network is refused by the tensor's name") {
    const TemporaryDirectory directory;
    AdamRun small{3};
    small.train(2);
    Run<Other, tr::Adam<tr::Cpu<>>> other{4};
    tr::save_checkpoint(directory / "small", small.model, small.optimizer);
    tr::save_checkpoint(directory / "other", other.model, other.optimizer);
    check_refused(other, directory / "small", "tensor '");
    check_refused(small, directory / "other", "tensor '");
}

TEST_CASE("A checkpoint that lacks something is refused whole") {
    const TemporaryDirectory directory;
    AdamRun run{3};
    run.train(2);
    tr::save_checkpoint(directory / "good", run.model, run.optimizer);
    const tr::Safetensors good = tr::Safetensors::read(directory / "good");
    const tr::TrainingState state = tr::Checkpoint::read(directory / "good").state();
    std::vector<tr::NamedTensor> all = state.model;
    all.insert(all.end(), state.moments.begin(), state.moments.end());
    AdamRun other{4};
    other.train(1);

    const auto without_tensor = [&](std::string_view name) {
        std::vector<tr::NamedTensor> tensors = all;
        REQUIRE(std::erase_if(tensors, [&](const tr::NamedTensor& tensor) { return tensor.name == name; }) == 1);
        tr::write_tensors(directory / "bad", tensors, good.metadata());
        check_refused(other, directory / "bad", "tensor '" + std::string(name) + "' is missing");
    };
    without_tensor("0.weight");
    without_tensor("1.running_var"); // after all parameters
    without_tensor("optimizer.exp_avg.0.weight");
    without_tensor("optimizer.exp_avg_sq.7.bias"); // the last of all moments

    const auto with_note = [&](const std::string& key, const std::string& value, const std::string& part) {
        std::map<std::string, std::string> metadata = good.metadata();
        if (value.empty())
            metadata.erase(key);
        else
            metadata[key] = value;
        tr::write_tensors(directory / "bad", all, metadata);
        check_refused(other, directory / "bad", part);
    };
    for (const std::string key :
         {"tinyres.kind", "tinyres.seed", "tinyres.steps", "tinyres.optimizer", "tinyres.optimizer_steps"})
        with_note(key, "", "has no entry '" + key + "'");
    for (const std::string key : {"tinyres.seed", "tinyres.steps", "tinyres.optimizer_steps"})
        for (const std::string value : {"many", "3x", "99999999999999999999", "1.5"})
            with_note(key, value, key + " = '" + value + "', which is not a number");
    with_note("tinyres.kind", "weights", "is not a checkpoint");
}

TEST_CASE("A missing, empty, cut or damaged checkpoint is refused by name") {
    const TemporaryDirectory directory;
    AdamRun run{3};
    run.train(1);
    tr::save_checkpoint(directory / "good", run.model, run.optimizer);
    const std::string good = content_of(directory / "good");
    AdamRun other{4};

    check_refused(other, directory / "missing", "");
    put(directory / "empty", "");
    check_refused(other, directory / "empty", "the file is empty");
    for (const std::size_t part : {1U, 3U, 9U}) {
        put(directory / "cut", good.substr(0, good.size() * part / 10));
        check_refused(other, directory / "cut", "");
    }
    for (const std::size_t part : {1U, 5U, 9U}) {
        std::string flipped = good;
        char& byte = flipped[good.size() * part / 10];
        byte = static_cast<char>(byte ^ 1);
        put(directory / "flipped", flipped);
        check_refused(other, directory / "flipped", "");
    }
    tr::save_weights(directory / "weights", run.model);
    check_refused(other, directory / "weights", "has no entry 'tinyres.kind'");
}

TEST_CASE("A checkpoint replaces the one before") {
    const TemporaryDirectory directory;
    AdamRun run{3};
    tr::save_checkpoint(directory / "c", run.model, run.optimizer, {{"epoch", "1"}});
    run.train(1);
    tr::save_checkpoint(directory / "c", run.model, run.optimizer, {{"epoch", "2"}});
    CHECK(tr::Checkpoint::read(directory / "c").note("epoch") == "2");
    CHECK(directory.entries() == std::set<std::string>{"c"});
}

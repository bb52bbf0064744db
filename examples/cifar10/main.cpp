#include "interrupt.hpp"
#include "options.hpp"
#include "text.hpp"

#include <charconv>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <tinyres/core/check_processor.hpp>
#include <tinyres/io/file_error.hpp>
#include <tinyres/version.hpp>

namespace example {

namespace {

/// Accepts what fits into 64 bits; CLI11 itself takes "-1" for the largest number.
CLI::Validator whole_number() {
    return CLI::Validator(
        [](const std::string& text) {
            std::uint64_t number = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool whole = error == std::errc{} && end == text.data() + text.size();
            return whole ? std::string{} : "'" + text + "' is no whole number from 0 to 18446744073709551615";
        },
        "");
}

void add_norm(CLI::App& command, std::string& norm) {
    command.add_option("--norm", norm, "bn (BatchNorm), gn (GroupNorm of 4 groups) or ln (LayerNorm)")
        ->check(CLI::IsMember({"bn", "gn", "ln"}));
}

void add_data(CLI::App& command, std::string& data) {
    command.add_option(
        "--data", data,
        "the directory with CIFAR-10's binary files (data_batch_1.bin to data_batch_5.bin, test_batch.bin, "
        "batches.meta.txt), or 'synthetic': images drawn "
        "by the program");
}

void add_machine(CLI::App& command, Machine& machine) {
    command
        .add_option("--backend", machine.backend,
                    "cpu, cuda (an NVIDIA GPU), or reference (plain loops: exact and very slow)")
        ->check(CLI::IsMember({"cpu", "cuda", "reference"}));
    command
        .add_option("--precision", machine.precision,
                    "fp32, or bf16: mixed precision, which stores and multiplies images in bfloat16")
        ->check(CLI::IsMember({"fp32", "bf16"}));
    command.add_option("--threads", machine.threads, "threads that compute; 0: all");
}

void add_rates(CLI::App& command, Recipe& recipe) {
    command.add_option("--epochs", recipe.epochs, "times to go through the training images");
    command.add_option("--peak-epoch", recipe.peak_epoch,
                       "where the learning rate is highest, in epochs from the start [5/24 of the epochs]");
    command.add_option("--batch-size", recipe.batch_size, "images in a step");
}

void add_training(CLI::App& command, RunOptions& options) {
    Recipe& recipe = options.recipe;
    add_data(command, options.data);
    add_norm(command, recipe.norm);
    command.add_option("--optimizer", recipe.optimizer, "adam (coupled weight decay), adamw or sgd (Nesterov)")
        ->check(CLI::IsMember({"adam", "adamw", "sgd"}));
    command.add_option("--weight-decay", recipe.weight_decay, "weight decay");
    command.add_option("--label-smoothing", recipe.label_smoothing, "share of the target given to all classes alike");
    command.add_option("--seed", recipe.seed, "of all that is random")->check(whole_number());
    command.add_option("--limit-train", recipe.limit_train, "train on the first so many images; 0: all");
    add_machine(command, options.machine);
}

class Program {
public:
    Program() {
        app_.set_version_flag("--version", printed("cifar10 of tinyres %d.%d.%d", TINYRES_VERSION_MAJOR,
                                                   TINYRES_VERSION_MINOR, TINYRES_VERSION_PATCH));
        app_.require_subcommand(0, 1); // none at all is told below, in better words than CLI11's
        app_.option_defaults()->always_capture_default();
        add_summary();
        add_schedule();
        add_find_lr();
        add_train();
        add_evaluate();
        add_predict();
        add_embed();
        add_report();
        add_export();
    }

    void run(int count, char** arguments) {
        app_.parse(count, arguments);
        if (app_.get_subcommands().empty()) throw tinyres::Error("a subcommand is missing; --help lists them");
        if (summary_command_->parsed()) print_summary(summary_);
        if (schedule_command_->parsed()) print_schedule(schedule_);
        if (find_lr_command_->parsed()) find_lr(find_lr_);
        if (train_command_->parsed()) {
            for (const CLI::Option* option : train_command_->get_options())
                if (option->count() > 0) train_.given.insert(option->get_single_name());
            train(train_);
        }
        if (evaluate_command_->parsed()) evaluate(evaluate_);
        if (predict_command_->parsed()) predict(predict_);
        if (embed_command_->parsed()) embed(embed_);
        if (report_command_->parsed()) make_report(report_);
        if (export_command_->parsed()) export_weights(export_);
    }

    /// Prints the help that `request` asks for.
    void help(const CLI::ParseError& request) { app_.exit(request); }

private:
    void add_summary() {
        summary_command_ = app_.add_subcommand("summary", "Print the network's layers, shapes and parameter counts");
        add_norm(*summary_command_, summary_.norm);
    }

    void add_schedule() {
        schedule_command_ = app_.add_subcommand("schedule", "Print the learning rate at the start of each epoch");
        add_rates(*schedule_command_, schedule_.recipe);
        schedule_command_->add_option("--max-lr", schedule_.recipe.max_lr, "the highest learning rate");
        schedule_command_->add_option("--train-images", schedule_.train_images, "images in an epoch");
    }

    void add_find_lr() {
        find_lr_command_ = app_.add_subcommand("find-lr", "Suggest a learning rate by a range test");
        find_lr_.out = "runs/find-lr";
        add_training(*find_lr_command_, find_lr_);
        find_lr_command_->add_option("--batch-size", find_lr_.recipe.batch_size, "images in a step");
        find_lr_command_->add_option("--start-lr", find_lr_.start_lr, "the lowest rate to try");
        find_lr_command_->add_option("--end-lr", find_lr_.end_lr, "the highest rate to try");
        find_lr_command_->add_option("--steps", find_lr_.steps, "steps from the lowest to the highest rate");
        find_lr_command_
            ->add_option("--suggest", find_lr_.suggest,
                         "how the rate is chosen: valley (where the loss has made half of its fall) or steepest (where "
                         "its running average falls most steeply, as the reference does)")
            ->check(CLI::IsMember({"valley", "steepest"}));
        find_lr_command_->add_option("--out", find_lr_.out, "where lr_finder.csv and lr_finder.svg go");
    }

    void add_train() {
        train_command_ = app_.add_subcommand("train", "Train the network; the defaults are the reference's recipe");
        train_.out = "runs/cifar10";
        add_training(*train_command_, train_);
        add_rates(*train_command_, train_.recipe);
        train_command_->add_option(
            "--max-lr", train_.recipe.max_lr,
            "the highest learning rate, or 'auto': a range test finds it first, as find-lr does; "
            "'steepest': with find-lr's --suggest steepest");
        train_command_->add_option("--limit-test", train_.recipe.limit_test,
                                   "test on the first so many images; 0: all");
        train_command_->add_option("--out", train_.out, "where the results go");
        train_command_->add_option("--init", train_.init,
                                   "weights to start from, of a run or of the same network in PyTorch (safetensors) "
                                   "[drawn by --seed]");
        train_command_->add_flag("--resume", train_.resume,
                                 "go on with the run in --out. Its recipe is kept; --backend, --precision, --threads "
                                 "and the directory of the data may be others");
    }

    void add_evaluate() {
        evaluate_command_ = app_.add_subcommand("evaluate", "Test trained weights");
        evaluate_command_
            ->add_option("--weights", evaluate_.weights,
                         "model.safetensors or checkpoint.safetensors of a run, or a safetensors file of "
                         "the same network in PyTorch")
            ->required();
        add_norm(*evaluate_command_, evaluate_.norm);
        add_data(*evaluate_command_, evaluate_.data);
        evaluate_command_->add_option("--batch-size", evaluate_.batch_size, "images at once");
        evaluate_command_->add_option("--limit-test", evaluate_.limit_test, "test on the first so many images; 0: all");
        evaluate_command_->add_option(
            "--probabilities", evaluate_.probabilities,
            "a safetensors file to write: `probabilities` (images, 10) and `labels` (images)");
        add_machine(*evaluate_command_, evaluate_.machine);
    }

    void add_predict() {
        predict_command_ = app_.add_subcommand("predict", "Say what pictures show: the five likeliest classes of each");
        predict_command_
            ->add_option("picture", predict_.pictures,
                         "PNG, JPEG or BMP files of any size; what is transparent becomes white")
            ->required();
        predict_command_->add_option("--weights", predict_.weights, "what evaluate takes, too")->required();
        add_norm(*predict_command_, predict_.norm);
        predict_command_
            ->add_option("--fit", predict_.fit,
                         "how a picture that is not square becomes one: crop (the largest square in its middle) or "
                         "stretch (all of it, squeezed)")
            ->check(CLI::IsMember({"crop", "stretch"}));
        predict_command_->add_flag("--json", predict_.json, "print JSON, with all classes in full precision");
        add_machine(*predict_command_, predict_.machine);
    }

    void add_embed() {
        embed_command_ = app_.add_subcommand(
            "embed", "Write trained weights as a C++ header, for a program that classifies without files");
        embed_command_->add_option("--weights", embed_.weights, "what evaluate takes, too")->required();
        embed_command_->add_option("--out", embed_.out, "the header to write")->required();
        embed_command_->add_option("--name", embed_.name, "the namespace in the header");
        add_norm(*embed_command_, embed_.norm);
        embed_command_->add_option("--precision", embed_.precision, "fp32: exactly; bf16: rounded, half the size")
            ->check(CLI::IsMember({"fp32", "bf16"}));
    }

    void add_report() {
        report_command_ =
            app_.add_subcommand("report", "Write a run's report.html and plots/ again, from the run's files");
        report_.out = "runs/cifar10";
        report_command_->add_option("--out", report_.out, "the directory of the run");
        add_data(*report_command_, report_.data);
        add_machine(*report_command_, report_.machine);
        report_command_->footer(
            "What is not given is as the run was. Without the run's images the report is made without "
            "what they are needed for.");
    }

    void add_export() {
        export_command_ = app_.add_subcommand("export", "Write trained weights for other programs");
        export_command_->add_option("--weights", export_.weights, "what evaluate takes, too")->required();
        export_command_->add_option("--out", export_.out, "the file to write")->required();
        export_command_
            ->add_option("--format", export_.format,
                         "onnx (the network, for onnxruntime and others), or safetensors (the weights, for PyTorch)")
            ->required()
            ->check(CLI::IsMember({"onnx", "safetensors"}));
        add_norm(*export_command_, export_.norm);
        export_command_
            ->add_option("--input", export_.input,
                         "the images that the ONNX file takes: normalized as in training, or pixels from 0 to 1 or 255 "
                         "that it normalizes itself")
            ->check(CLI::IsMember({"normalized", "0-1", "0-255"}));
        export_command_->add_flag("--fold-batch-norm", export_.fold_batch_norm,
                                  "make BatchNorm part of the ONNX file's convolutions");
    }

    CLI::App app_{"Trains the S10 ResNet on CIFAR-10.", "cifar10"};
    SummaryOptions summary_;
    ScheduleOptions schedule_;
    FindLrOptions find_lr_;
    TrainOptions train_;
    EvaluateOptions evaluate_;
    PredictOptions predict_;
    EmbedOptions embed_;
    ReportOptions report_;
    ExportOptions export_;
    CLI::App* summary_command_ = nullptr;
    CLI::App* schedule_command_ = nullptr;
    CLI::App* find_lr_command_ = nullptr;
    CLI::App* train_command_ = nullptr;
    CLI::App* evaluate_command_ = nullptr;
    CLI::App* predict_command_ = nullptr;
    CLI::App* embed_command_ = nullptr;
    CLI::App* report_command_ = nullptr;
    CLI::App* export_command_ = nullptr;
};

int fail(const char* what, int code) {
    std::fflush(stdout);
    std::fprintf(stderr, "cifar10: error: %s\n", tinyres::one_line(what).c_str());
    return code;
}

} // namespace

} // namespace example

int main(int count, char** arguments) {
    std::signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is then an error of writing, which is told
    example::Program program;
    try {
        program.run(count, arguments);
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            return example::fail("cannot write to the standard output; check where it goes", 1);
    } catch (const CLI::Success& request) {
        program.help(request);
    } catch (const CLI::ParseError& error) {
        return example::fail((std::string(error.what()) + "; --help shows what can be given").c_str(), 1);
    } catch (const example::Interrupted& error) {
        return example::fail(error.what(), 128 + error.signal);
    } catch (const example::PartlyFailed& error) {
        for (const std::string& problem : error.problems) example::fail(problem.c_str(), 1);
        return 1;
    } catch (const std::exception& error) {
        return example::fail(error.what(), 1);
    }
    return 0;
}

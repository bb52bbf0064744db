#include "options.hpp"
#include "programs/command_line.hpp"
#include "programs/program.hpp"
#include "programs/text.hpp"

#include <CLI/CLI.hpp>
#include <tinyres/core/check_processor.hpp>
#include <tinyres/version.hpp>

namespace example {

namespace {

void add_norm(CLI::App& command, std::string& norm) {
    command.add_option("--norm", norm, "bn (BatchNorm), gn (GroupNorm of 4 groups) or ln (LayerNorm)")
        ->check(CLI::IsMember({"bn", "gn", "ln"}));
}

void add_data(CLI::App& command, std::string& data) {
    command.add_option("--data", data,
                       "directory of CIFAR-10's binary files (data_batch_1.bin to data_batch_5.bin, test_batch.bin, "
                       "batches.meta.txt), or 'synthetic' for images that the program draws");
}

void add_machine(CLI::App& command, Machine& machine) {
    command
        .add_option("--backend", machine.backend,
                    "cpu, cuda (an NVIDIA GPU), or reference (plain loops: exact and very slow)")
        ->check(CLI::IsMember({"cpu", "cuda", "reference"}));
    command
        .add_option("--precision", machine.precision,
                    "fp32, or bf16 for mixed precision, which stores and multiplies images in bfloat16")
        ->check(CLI::IsMember({"fp32", "bf16"}));
    command.add_option("--threads", machine.threads,
                       "number of compute threads; 0: one per processor that the process may use");
}

void add_rates(CLI::App& command, Recipe& recipe) {
    command.add_option("--epochs", recipe.epochs, "number of epochs");
    command.add_option("--peak-epoch", recipe.peak_epoch,
                       "epoch at which the learning rate peaks; may be fractional [5/24 of --epochs]");
    command.add_option("--batch-size", recipe.batch_size, "images per step");
}

void add_training(CLI::App& command, RunOptions& options) {
    Recipe& recipe = options.recipe;
    add_data(command, options.data);
    add_norm(command, recipe.norm);
    command.add_option("--optimizer", recipe.optimizer, "adam (coupled weight decay), adamw or sgd (Nesterov)")
        ->check(CLI::IsMember({"adam", "adamw", "sgd"}));
    command.add_option("--weight-decay", recipe.weight_decay, "weight decay");
    command.add_option(
        "--label-smoothing", recipe.label_smoothing,
        "label smoothing, from 0 to below 1: the part of the target that is spread evenly over all classes");
    command.add_option("--seed", recipe.seed, "random seed")->check(whole_number());
    command.add_option("--limit-train", recipe.limit_train, "number of training images to use; 0: all");
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
        if (!parse(app_, count, arguments)) return;
        if (app_.get_subcommands().empty()) throw tinyres::Error("no subcommand given; --help lists them");
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

private:
    void add_summary() {
        summary_command_ = app_.add_subcommand("summary", "Print the network's layers, shapes and parameter counts");
        add_norm(*summary_command_, summary_.norm);
    }

    void add_schedule() {
        schedule_command_ = app_.add_subcommand("schedule", "Print the learning rate at the start of each epoch");
        add_rates(*schedule_command_, schedule_.recipe);
        schedule_command_->add_option("--max-lr", schedule_.recipe.max_lr, "peak learning rate");
        schedule_command_->add_option("--train-images", schedule_.train_images, "images per epoch");
    }

    void add_find_lr() {
        find_lr_command_ = app_.add_subcommand("find-lr", "Suggest a learning rate by a range test");
        find_lr_.out = "runs/find-lr";
        add_training(*find_lr_command_, find_lr_);
        find_lr_command_->add_option("--batch-size", find_lr_.recipe.batch_size, "images per step");
        find_lr_command_->add_option("--start-lr", find_lr_.test.start_lr, "lowest learning rate");
        find_lr_command_->add_option("--end-lr", find_lr_.test.end_lr, "highest learning rate");
        find_lr_command_->add_option("--steps", find_lr_.test.steps, "number of steps");
        find_lr_command_
            ->add_option("--suggest", find_lr_.test.suggest,
                         "how to choose the rate: valley (the middle of where the loss is lowest) or steepest (where "
                         "its running average falls most steeply, as the reference does)")
            ->check(CLI::IsMember({"valley", "steepest"}));
        find_lr_command_->add_option("--out", find_lr_.out, "directory for lr_finder.csv and lr_finder.svg");
    }

    void add_train() {
        train_command_ = app_.add_subcommand("train", "Train the network; the defaults are the reference's recipe");
        train_.out = "runs/cifar10";
        add_training(*train_command_, train_);
        add_rates(*train_command_, train_.recipe);
        train_command_->add_option(
            "--max-lr", train_.recipe.max_lr,
            "peak learning rate; 'auto' finds it by a range test first, as find-lr does, 'steepest' as "
            "find-lr --suggest steepest does");
        train_command_->add_option("--limit-test", train_.recipe.limit_test, "number of test images to use; 0: all");
        train_command_->add_option("--out", train_.out, "directory for the results");
        train_command_->add_option("--init", train_.init,
                                   "initial weights, from a run or from the same network in PyTorch (safetensors) "
                                   "[drawn at random from --seed]");
        train_command_->add_flag("--resume", train_.resume,
                                 "continue the run in --out with its own recipe; --backend, --precision, --threads and "
                                 "--data may differ");
    }

    void add_evaluate() {
        evaluate_command_ =
            app_.add_subcommand("evaluate", "Report loss and accuracy of trained weights on the test images");
        evaluate_command_
            ->add_option("--weights", evaluate_.weights,
                         "model.safetensors or checkpoint.safetensors of a run, or a safetensors file of "
                         "the same network in PyTorch")
            ->required();
        add_norm(*evaluate_command_, evaluate_.norm);
        add_data(*evaluate_command_, evaluate_.data);
        evaluate_command_->add_option("--batch-size", evaluate_.batch_size, "images per batch");
        evaluate_command_->add_option("--limit-test", evaluate_.limit_test, "number of test images to use; 0: all");
        evaluate_command_->add_option(
            "--probabilities", evaluate_.probabilities,
            "write a safetensors file with `probabilities` (images, 10) and `labels` (images)");
        add_machine(*evaluate_command_, evaluate_.machine);
    }

    void add_predict() {
        predict_command_ =
            app_.add_subcommand("predict", "Classify pictures: print the five most likely classes of each");
        predict_command_
            ->add_option("picture", predict_.pictures,
                         "PNG, JPEG, BMP, GIF, PGM or PPM files of any size; transparent pixels become white")
            ->required();
        predict_command_->add_option("--weights", predict_.weights, "the same files as for evaluate")->required();
        add_norm(*predict_command_, predict_.norm);
        predict_command_
            ->add_option(
                "--fit", predict_.fit,
                "how to make a picture square: crop (take the largest square in its center) or stretch (squeeze "
                "all of it)")
            ->check(CLI::IsMember({"crop", "stretch"}));
        predict_command_->add_flag("--json", predict_.json, "print JSON with all classes in full precision");
        add_machine(*predict_command_, predict_.machine);
    }

    void add_embed() {
        embed_command_ = app_.add_subcommand(
            "embed", "Write trained weights as a C++ header, for a program that classifies without files");
        embed_command_->add_option("--weights", embed_.weights, "the same files as for evaluate")->required();
        embed_command_->add_option("--out", embed_.out, "the header to write")->required();
        embed_command_->add_option("--name", embed_.name, "the namespace in the header");
        add_norm(*embed_command_, embed_.norm);
        embed_command_->add_option("--precision", embed_.precision, "fp32 (exact) or bf16 (rounded, half the size)")
            ->check(CLI::IsMember({"fp32", "bf16"}));
    }

    void add_report() {
        report_command_ =
            app_.add_subcommand("report", "Write a run's report.html and plots/ again, from the run's files");
        report_.out = "runs/cifar10";
        report_command_->add_option("--out", report_.out, "directory of the run");
        add_data(*report_command_, report_.data);
        add_machine(*report_command_, report_.machine);
        report_command_->footer(
            "Options that are not given are taken from the run. Without the run's images, the report leaves out "
            "what needs them.");
    }

    void add_export() {
        export_command_ = app_.add_subcommand("export", "Write trained weights for other programs");
        export_command_->add_option("--weights", export_.weights, "the same files as for evaluate")->required();
        export_command_->add_option("--out", export_.out, "the file to write")->required();
        export_command_
            ->add_option("--format", export_.format,
                         "onnx (the network, for onnxruntime and others), or safetensors (the weights, for PyTorch)")
            ->required()
            ->check(CLI::IsMember({"onnx", "safetensors"}));
        add_norm(*export_command_, export_.norm);
        export_command_
            ->add_option(
                "--input", export_.input,
                "input of the ONNX file: images normalized as in training, or pixels from 0 to 1 or from 0 to 255, "
                "which it normalizes itself")
            ->check(CLI::IsMember({"normalized", "0-1", "0-255"}));
        export_command_->add_flag("--fold-batch-norm", export_.fold_batch_norm,
                                  "fold BatchNorm into the convolutions of the ONNX file");
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

} // namespace

} // namespace example

int main(int count, char** arguments) {
    return example::run_program("cifar10", [&] { example::Program{}.run(count, arguments); });
}

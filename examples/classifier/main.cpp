#include "inspect/inspect.hpp"
#include "options.hpp"
#include "programs/program.hpp"
#include "programs/text.hpp"
#include "training_flags.hpp"

#include <tinyres/core/check_processor.hpp>
#include <tinyres/version.hpp>

namespace example {

namespace {

constexpr const char* weights_help = "best.safetensors or model.safetensors of a run";
class Program {
public:
    Program() {
        app_.set_version_flag("--version", printed("tinyres-classifier of tinyres %d.%d.%d", TINYRES_VERSION_MAJOR,
                                                   TINYRES_VERSION_MINOR, TINYRES_VERSION_PATCH));
        app_.require_subcommand(0, 1); // none at all is told below, in better words than CLI11's
        app_.option_defaults()->always_capture_default();
        add_inspect();
        add_train();
        add_evaluate();
        add_predict();
        add_find_lr();
        add_report();
        add_export();
        recipes_command_ = app_.add_subcommand("recipes", "List the recipes");
        networks_command_ = app_.add_subcommand("networks", "List the networks that the program was compiled with");
    }

    void run(int count, char** arguments) {
        if (!parse(app_, count, arguments)) return;
        if (app_.get_subcommands().empty()) throw tinyres::Error("no subcommand given; --help lists them");
        if (inspect_command_->parsed()) inspect(inspect_);
        if (train_command_->parsed()) {
            train_.recipe = recipe_of(train_flags_);
            for (const CLI::Option* option : train_command_->get_options())
                if (option->count() > 0) train_.given.insert(option->get_single_name());
            train(train_);
        }
        if (find_lr_command_->parsed()) {
            find_lr_.recipe = recipe_of(find_lr_flags_);
            find_lr(find_lr_);
        }
        if (evaluate_command_->parsed()) evaluate(evaluate_);
        if (predict_command_->parsed()) predict(predict_);
        if (report_command_->parsed()) make_report(report_);
        if (export_command_->parsed()) export_weights(export_);
        if (recipes_command_->parsed()) list_recipes();
        if (networks_command_->parsed()) list_networks();
    }

private:
    void add_inspect() {
        inspect_command_ = app_.add_subcommand(
            "inspect", "Say what is in a set of pictures: classes, sizes, duplicates, files that cannot be read");
        inspect_command_->add_option("data", inspect_.data, "a folder of classes, or a manifest (.csv, .jsonl)")
            ->required();
        inspect_command_->add_option("--out", inspect_.out, "the page to write, with a contact sheet");
        inspect_command_->add_flag("--json", inspect_.json, "print JSON instead of tables");
        inspect_command_->add_option("--threads", inspect_.threads, "threads that read pictures; 0: all that there are")
            ->check(CLI::Range(0, 1024));
    }

    void add_train() {
        train_command_ = app_.add_subcommand("train", "Train a network on pictures");
        train_.out = "runs/classifier";
        add_training(*train_command_, train_, train_flags_);
        train_command_->add_option("--out", train_.out, "directory for the results");
        train_command_->add_flag(
            "--resume", train_.resume,
            "continue the run in --out with its own recipe; --backend, --precision, --threads and the place of "
            "--data may differ");
    }

    void add_find_lr() {
        find_lr_command_ = app_.add_subcommand("find-lr", "Suggest a learning rate by a range test");
        find_lr_.out = "runs/find-lr";
        add_training(*find_lr_command_, find_lr_, find_lr_flags_);
        find_lr_command_->get_option("--data")->required();
        find_lr_command_->add_option("--start-lr", find_lr_.test.start_lr, "lowest learning rate");
        find_lr_command_->add_option("--end-lr", find_lr_.test.end_lr, "highest learning rate");
        find_lr_command_->add_option("--steps", find_lr_.test.steps, "number of steps");
        find_lr_command_
            ->add_option("--suggest", find_lr_.test.suggest,
                         "how to choose the rate: valley (the middle of where the loss is lowest) or steepest")
            ->check(CLI::IsMember({"valley", "steepest"}));
        find_lr_command_->add_option("--out", find_lr_.out, "directory for lr_finder.csv and lr_finder.svg");
    }

    void add_evaluate() {
        evaluate_command_ =
            app_.add_subcommand("evaluate", "Report loss and accuracy of trained weights, and by class");
        evaluate_command_->add_option("--weights", evaluate_.weights, weights_help)->required();
        evaluate_command_->add_option("--data", evaluate_.data, data_help)->required();
        evaluate_command_
            ->add_option("--split", evaluate_.split,
                         "train, validation, test, all, or auto: what the network has not learned from")
            ->check(CLI::IsMember({"auto", "train", "validation", "test", "all"}));
        evaluate_command_->add_option("--validation-fraction", evaluate_.validation_fraction,
                                      "part of each class that was split off to validate on; 0: as the weights say");
        evaluate_command_->add_option("--seed", evaluate_.seed, "by which it was split off; 0: as the weights say")
            ->check(whole_number());
        evaluate_command_->add_flag("--skip-unreadable", evaluate_.skip_unreadable,
                                    "leave out files that cannot be read as pictures");
        evaluate_command_->add_option("--batch-size", evaluate_.batch_size, "pictures per batch");
        evaluate_command_->add_option("--predictions", evaluate_.predictions,
                                      "write a CSV file with each picture's truth, prediction and probabilities");
        add_machine(*evaluate_command_, evaluate_.machine);
        add_loader_threads(*evaluate_command_, evaluate_.loader_threads);
    }

    void add_predict() {
        predict_command_ = app_.add_subcommand("predict", "Classify pictures and folders of pictures");
        predict_command_
            ->add_option("picture", predict_.pictures,
                         "PNG, JPEG, BMP, GIF, PGM or PPM files of any size, or folders of them")
            ->required();
        predict_command_->add_option("--weights", predict_.weights, weights_help)->required();
        predict_command_
            ->add_option("--format", predict_.format, "table (the five likeliest classes), csv or json (all classes)")
            ->check(CLI::IsMember({"table", "csv", "json"}));
        predict_command_->add_option("--out", predict_.out, "the file to write instead of standard output");
        add_machine(*predict_command_, predict_.machine);
    }

    void add_report() {
        report_command_ = app_.add_subcommand("report", "Write a run's report.html and plots/ again");
        report_.out = "runs/classifier";
        report_command_->add_option("--out", report_.out, "directory of the run");
        report_command_->add_option("--data", report_.data, "the run's pictures, where they have moved");
        add_machine(*report_command_, report_.machine);
        report_command_->footer("Without the run's pictures, the report leaves out what needs them.");
    }

    void add_export() {
        export_command_ = app_.add_subcommand("export", "Write trained weights for other programs");
        export_command_->add_option("--weights", export_.weights, weights_help)->required();
        export_command_->add_option("--out", export_.out, "the file to write");
        export_command_
            ->add_option("--format", export_.format,
                         "onnx (the network, for onnxruntime and others), safetensors (the weights, for PyTorch) or "
                         "header (the weights as C++)")
            ->check(CLI::IsMember({"onnx", "safetensors", "header"}));
        export_command_
            ->add_option("--input", export_.input,
                         "input of the ONNX file: images normalized as in training, or pixels from 0 to 1 or from 0 to "
                         "255, which it normalizes itself")
            ->check(CLI::IsMember({"normalized", "0-1", "0-255"}));
        export_command_->add_flag("--fold-batch-norm", export_.fold_batch_norm,
                                  "fold BatchNorm into the convolutions of the ONNX file");
        export_command_->add_option("--project", export_.project,
                                    "write a CMake project of a program that classifies pictures into this folder, "
                                    "instead of a file");
        export_command_->add_option("--name", export_.name,
                                    "of the header's namespace [weights], or of the project's program [classify]");
        export_command_
            ->add_option("--precision", export_.precision,
                         "of header and project: fp32 (exact) or bf16 (half the size)")
            ->check(CLI::IsMember({"fp32", "bf16"}));
        export_command_->add_option("--tinyres", export_.tinyres,
                                    "folder or archive's address of tinyres, for a project where it is not installed "
                                    "[the folder that this program was built from]");
    }

    CLI::App app_{"Trains networks on pictures of any classes, and classifies by them.", "tinyres-classifier"};
    InspectOptions inspect_;
    TrainOptions train_;
    RecipeFlags train_flags_;
    FindLrOptions find_lr_;
    RecipeFlags find_lr_flags_;
    EvaluateOptions evaluate_;
    PredictOptions predict_;
    ReportOptions report_;
    ExportOptions export_;
    CLI::App* inspect_command_ = nullptr;
    CLI::App* train_command_ = nullptr;
    CLI::App* find_lr_command_ = nullptr;
    CLI::App* evaluate_command_ = nullptr;
    CLI::App* predict_command_ = nullptr;
    CLI::App* report_command_ = nullptr;
    CLI::App* export_command_ = nullptr;
    CLI::App* recipes_command_ = nullptr;
    CLI::App* networks_command_ = nullptr;
};

} // namespace

} // namespace example

int main(int count, char** arguments) {
    return example::run_program("tinyres-classifier", [&] { example::Program{}.run(count, arguments); });
}

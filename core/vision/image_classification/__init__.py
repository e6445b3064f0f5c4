"""What is in a picture: a network that names ten kinds of clothes, or of things, and says when it is none of them.

recipe        what decides a run            data          pictures: fitting, held out, test
published     what others have reached
networks      plain and residual            augmentation  mirror, shift, erase
fitting       the steps of a fit            training      all that a run makes
baselines     what it has to beat           export        Keras to ONNX and back
graph         an ONNX graph as it grows     files         save and load
model         what a run leaves             answers       one picture or many
scoring       figures with intervals        reporting     the PDF
runs          a job and its result          card          words of the model card
download      a zip to take away            classify_file the script in it

photo_path    a photo's way to the network  photographs   photos made to test it
grad_cam      where it looked               feature_maps  what each layer sees
unknown       none of the classes           unknown_sets  pictures of other things
robustness    noise, blur, turns            robustness_runs  of two models, as a job
teaching      classes of one's own
taught_onnx   what was taught, to take away applications  ResNet and VGG, fetched
transfer      scratch, frozen, fine-tuned   transfer_*    its starts, methods, files, table
lessons       what is taught                figures       its drawings (and answer_figures)
network_depth how deep known networks are   photo_parts   steps of a photo's way

Left out: finding where in a picture something is; pictures larger than the network's.
"""

from core.vision.image_classification import transfer_build, transfer_table
from core.vision.image_classification.answers import (
    find_candidates,
    list_answers,
    predict,
    predict_many,
    predict_pictures,
    read_file,
)
from core.vision.image_classification.applications import APPLICATIONS
from core.vision.image_classification.augmentation import Augmentation, augment
from core.vision.image_classification.card import CARD
from core.vision.image_classification.data import Data, load, load_test
from core.vision.image_classification.download import make_download
from core.vision.image_classification.feature_maps import (
    LayerMaps,
    describe_layer,
    find_exciting,
    read_feature_maps,
    read_first_filters,
    tile_maps,
)
from core.vision.image_classification.files import load_model, save_model
from core.vision.image_classification.grad_cam import (
    Faithfulness,
    cover_parts,
    deletion_chart,
    measure_faithfulness,
    overlay,
)
from core.vision.image_classification.lessons import LESSONS, QUESTIONS
from core.vision.image_classification.model import COVERAGE, Head, Layer, Model
from core.vision.image_classification.photo_path import PhotoPath, PhotoStep, Way, is_in_style, walk_photo
from core.vision.image_classification.photographs import Scene, make_photo, make_photos
from core.vision.image_classification.picture_changes import change_pictures
from core.vision.image_classification.recipe import (
    BASELINE,
    BUNDLED,
    LINEAR,
    NETWORK,
    PERCEPTRON,
    RECIPES,
    SLUG,
    WHOLE,
    WIDTHS,
    Inputs,
    Recipe,
)
from core.vision.image_classification.reporting import history_chart, make_run_report
from core.vision.image_classification.robustness import (
    Robustness,
    choose_pictures,
    measure_robustness,
    robustness_chart,
    robustness_frame,
)
from core.vision.image_classification.runs import DOWNLOADS, Result, list_held_out, list_history, open_result, run_job
from core.vision.image_classification.scoring import (
    compare_models,
    count_confusions,
    describe_command,
    evaluate,
    report_classes,
)
from core.vision.image_classification.taught_onnx import taught_to_onnx
from core.vision.image_classification.teaching import Taught, ask, make_embed, teach
from core.vision.image_classification.training import Fitted, finish_model, train
from core.vision.image_classification.transfer import TRANSFER_RECIPES, TransferRecipe, compare_transfer
from core.vision.image_classification.transfer_files import (
    TRANSFER_DOWNLOADS,
    comparisons_to_frame,
    load_stored_table,
    open_transfer_result,
    run_transfer_job,
)
from core.vision.image_classification.transfer_lesson import transfer_chart, ways_chart
from core.vision.image_classification.unknown import MOST_LOST, Unknown, fit_unknown
from core.vision.image_classification.unknown_sets import make_unknown

CARDS = {"efficientnet_lite0": transfer_build.BACKBONE_CARD, "transfer": transfer_table.CARD}
"""The words of the stored models that no recipe of the project makes."""

__all__ = [
    "APPLICATIONS", "BASELINE", "BUNDLED", "CARD", "CARDS", "COVERAGE", "DOWNLOADS", "LESSONS", "LINEAR", "MOST_LOST",
    "NETWORK", "PERCEPTRON", "QUESTIONS", "RECIPES", "SLUG", "TRANSFER_DOWNLOADS", "TRANSFER_RECIPES", "WHOLE",
    "WIDTHS", "Augmentation", "Data", "Faithfulness", "Fitted", "Head", "Inputs", "Layer", "LayerMaps", "Model",
    "PhotoPath", "PhotoStep", "Recipe", "Result", "Robustness", "Scene", "Taught", "TransferRecipe", "Unknown", "Way",
    "ask", "augment", "change_pictures", "choose_pictures", "compare_models", "compare_transfer",
    "comparisons_to_frame", "count_confusions", "cover_parts", "deletion_chart", "describe_command", "describe_layer",
    "evaluate", "find_candidates", "find_exciting", "finish_model", "fit_unknown", "history_chart", "is_in_style",
    "list_answers", "list_held_out", "list_history", "load", "load_model", "load_stored_table", "load_test",
    "make_download", "make_embed", "make_photo", "make_photos", "make_run_report", "make_unknown",
    "measure_faithfulness", "measure_robustness", "open_result", "open_transfer_result", "overlay", "predict",
    "predict_many", "predict_pictures", "read_feature_maps", "read_file", "read_first_filters", "report_classes",
    "robustness_chart", "robustness_frame", "run_job", "run_transfer_job", "save_model", "taught_to_onnx", "teach",
    "tile_maps", "train", "transfer_chart", "walk_photo", "ways_chart",
]  # fmt: skip  # fmt: skip

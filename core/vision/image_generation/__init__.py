"""Image generation: a DCGAN and a small style generator for Fashion-MNIST, and the enlarging of pictures.

recipe      what decides a run       data, judge   pictures, and who looks at them   networks  both kinds, one face
dcgan       Radford et al. 2016      style, layers Karras et al. 2019, 2020          losses    what they play for
stepping    one step of the game     trainer       the loop, the film, resuming      training  run, export, score
sittings    a long run in parts      graph, export ONNX in 16 bits                   sampling  draw without TensorFlow
model, files, runs, download, reporting, card  what a run leaves                     answers   a picture, sheets, mixes
baselines   class PCA                scoring       figures with intervals            film      64 codes over a run
micro       a GAN of points by hand  charts, figures, lessons                        what is shown and taught
live        a run while it goes   steering   a person holds it still  fresh       a look at new samples
standing    generators side by side
frechet, fidelity, memorising, collapse, latents   measures of drawn pictures        measure_charts  their charts
quality, resampling, super_resolution, upscaling, upscale_training                   enlarging, beside bicubic

Left out: diffusion models, variational autoencoders, pictures of a person's own as a start.
"""

from core.vision.image_generation.answers import (
    Sheet,
    blend_pictures,
    draw_sheet,
    find_style,
    mix_pictures,
    predict,
    to_png,
)
from core.vision.image_generation.baselines import BASELINE
from core.vision.image_generation.card import CARD
from core.vision.image_generation.charts import logit_chart, loss_chart
from core.vision.image_generation.collapse import Alarm, Limits, check_collapse, find_limits, score_precision_recall
from core.vision.image_generation.data import CLASSES, Data, load
from core.vision.image_generation.download import make_download
from core.vision.image_generation.fidelity import Fidelity, GanScores, score_fidelity, score_gan
from core.vision.image_generation.files import load_model, save_model
from core.vision.image_generation.film import Film, lay_out
from core.vision.image_generation.frechet import FrechetScore, extrapolate_frechet, score_frechet
from core.vision.image_generation.fresh import Alarmed, Fresh, look_afresh, search_copies, sound_alarm
from core.vision.image_generation.judge import look
from core.vision.image_generation.latents import Strip, combine, draw_strip, interpolate, measure_smoothness, walk
from core.vision.image_generation.lessons import LESSONS, QUESTIONS
from core.vision.image_generation.live import LONE_STEPS, Live, live_chart, lone_chart, read_live
from core.vision.image_generation.measure_charts import (
    draw_distances,
    draw_extrapolation,
    draw_fidelity,
    draw_gains,
    draw_path,
    draw_variety,
    lay_rows,
)
from core.vision.image_generation.memorising import Memorising, Nearest, find_nearest, score_memorising
from core.vision.image_generation.micro import (
    MicroRecipe,
    MicroState,
    draw_ring,
    map_judgement,
    measure_coverage,
    start_micro,
    take_steps,
)
from core.vision.image_generation.model import Model
from core.vision.image_generation.quality import measure_psnr, measure_ssim
from core.vision.image_generation.recipe import RECIPES, Inputs, Recipe
from core.vision.image_generation.reporting import make_run_report
from core.vision.image_generation.resampling import enlarge, resize, shrink
from core.vision.image_generation.runs import DOWNLOADS, Result, open_result, run_job
from core.vision.image_generation.sampling import Sampler, blend_styles, make_codes, make_noise, mix_styles
from core.vision.image_generation.scoring import check_model, describe_command, draw_sampled, evaluate
from core.vision.image_generation.standing import FIGURES, draw_standings, lay_standings, list_standings
from core.vision.image_generation.steering import LONGEST_S, ask
from core.vision.image_generation.training import train
from core.vision.image_generation.upscale_training import UPSCALE_CARD
from core.vision.image_generation.upscaling import Enlarged, Upscaler, UpscaleRecipe, load_upscaler, upscale

CARDS = {"upscaler": UPSCALE_CARD}
"""The words of the stored models that no recipe of the project makes."""

__all__ = [
    "BASELINE", "CARD", "CARDS", "CLASSES", "DOWNLOADS", "FIGURES", "LESSONS", "LONE_STEPS", "LONGEST_S",
    "QUESTIONS", "RECIPES", "Alarm", "Alarmed", "Data", "Enlarged", "Fidelity", "Film", "FrechetScore", "Fresh",
    "GanScores", "Inputs", "Limits", "Live", "Memorising", "MicroRecipe", "MicroState", "Model", "Nearest",
    "Recipe", "Result", "Sampler", "Sheet", "Strip", "UpscaleRecipe", "Upscaler", "ask", "blend_pictures",
    "blend_styles", "check_collapse", "check_model", "combine", "describe_command", "draw_distances",
    "draw_extrapolation", "draw_fidelity", "draw_gains", "draw_path", "draw_ring", "draw_sampled", "draw_sheet",
    "draw_standings", "draw_strip", "draw_variety", "enlarge", "evaluate", "extrapolate_frechet", "find_limits",
    "find_nearest", "find_style", "interpolate", "lay_out", "lay_rows", "lay_standings", "list_standings",
    "live_chart", "load", "load_model", "load_upscaler", "logit_chart", "lone_chart", "look", "look_afresh",
    "loss_chart", "make_codes", "make_download", "make_noise", "make_run_report", "map_judgement",
    "measure_coverage", "measure_psnr", "measure_smoothness", "measure_ssim", "mix_pictures", "mix_styles",
    "open_result", "predict", "read_live", "resize", "run_job", "save_model", "score_fidelity", "score_frechet",
    "score_gan", "score_memorising", "score_precision_recall", "search_copies", "shrink", "sound_alarm",
    "start_micro", "take_steps", "to_png", "train", "upscale", "walk",
]  # fmt: skip

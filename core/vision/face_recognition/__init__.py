"""Faces: find them, tell whether two are one person, name whom one knows, and call a stranger unknown.

types         what the stages hand on    engine        pixels to vectors
weights       dlib's two files           detection     where the faces are
alignment     upright and of one size    quality       good enough to enrol
pictures      files to portraits         frames, tracking   the webcam
signals       blink, turn, print         triplet, mining, head, film   learning

consent       who agreed, until when     people        what may be enrolled
gallery       one's own people           store_people  of a signed-in user (imports SQLAlchemy, so not here)
portability   one's own data             expiry        erased at its time
identification   who is it
verification  is it the same             pairs         who is compared with whom
error_rates   intervals over people      thresholds    the gate of a gallery
simulated     people who do not exist    open_set      strangers among those who come

recipe        what decides a run         data          faces, split by person
eigenfaces    what it has to beat        training      gates on one half
scoring       figures of the other half  model         what a run leaves
answers       one picture or two         files         save and load
runs          a job and its result       reporting     the PDF
download      a zip to take away         compare_file  the script in it
card          words of the model card     lessons, *figures, charts   what is taught and drawn
method_trial  ways to name compared       occlusion     places that an answer rests on
tables        faces and people as rows    face_charts   a face in numbers and distances

Left out: recognising anybody who did not agree to it; proof that a face is a living one.
"""

from core.vision.face_recognition.answers import predict, predict_many, recognise_faces
from core.vision.face_recognition.card import CARD
from core.vision.face_recognition.consent import TEXTS, Consent, make_consent
from core.vision.face_recognition.data import Data, gallery_to_data, load
from core.vision.face_recognition.download import make_download
from core.vision.face_recognition.engine import FaceEngine, load_engine
from core.vision.face_recognition.files import load_model, save_model
from core.vision.face_recognition.gallery import Gallery
from core.vision.face_recognition.identification import METHODS, Match, Recogniser, make_recogniser
from core.vision.face_recognition.lessons import LESSONS, QUESTIONS
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.people import MOST_PEOPLE, MOST_PICTURES, Person
from core.vision.face_recognition.portability import export_people
from core.vision.face_recognition.recipe import EIGENFACES, EMBEDDING, RECIPES, SLUG, STANDARD, Inputs, Recipe
from core.vision.face_recognition.reporting import list_curve, list_scores, make_run_report
from core.vision.face_recognition.runs import DOWNLOADS, Result, open_result, run_job
from core.vision.face_recognition.scoring import describe_command, evaluate
from core.vision.face_recognition.thresholds import (
    GATES,
    Claim,
    GateCurve,
    choose_gate,
    judge_claim,
    measure_gallery,
)
from core.vision.face_recognition.training import train
from core.vision.face_recognition.types import DEFAULT_GATE
from core.vision.face_recognition.verification import Verdict, verify

__all__ = [
    "CARD", "DEFAULT_GATE", "DOWNLOADS", "EIGENFACES", "EMBEDDING", "GATES", "LESSONS", "METHODS", "MOST_PEOPLE",
    "MOST_PICTURES", "QUESTIONS", "RECIPES", "SLUG", "STANDARD", "TEXTS", "Claim", "Consent", "Data", "FaceEngine",
    "Gallery", "GateCurve", "Inputs", "Match", "Model", "Person", "Recipe", "Recogniser", "Result",
    "Verdict", "choose_gate", "describe_command", "evaluate", "export_people", "gallery_to_data",
    "judge_claim", "list_curve", "list_scores", "load", "load_engine", "load_model", "make_consent", "make_download",
    "make_recogniser", "make_run_report", "measure_gallery", "open_result", "predict", "predict_many",
    "recognise_faces", "run_job", "save_model", "train", "verify",
]  # fmt: skip

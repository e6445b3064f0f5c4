"""Real-time fraud detection: payments to look at, models compared, the live alert console, why, and how it is done."""

from __future__ import annotations

from core.streaming import fraud as project
from pages.kit.alert_reasons import show_reasoning
from pages.kit.payment_board import show_comparison
from pages.kit.payment_trial import show_trial
from pages.kit.payment_views import show_payments
from pages.kit.payments import SLUG, describe_source
from pages.kit.picture_page import show_picture_page

show_picture_page(SLUG, project, (show_payments, show_comparison, show_trial, show_reasoning), describe_source(), "")

"""One house: the 25 columns that matter most and are easily known, as form, command line and API ask for them.

What else the models look at is filled in by what is typical (``typical``), and every answer says so.

Left out: the other columns of the Ames sales, which a file may bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import Label, Range

Neighborhood = Literal[
    "North_Ames", "College_Creek", "Old_Town", "Edwards", "Somerset", "Northridge_Heights", "Gilbert", "Sawyer",
    "Northwest_Ames", "Sawyer_West", "Mitchell", "Brookside", "Crawford", "Iowa_DOT_and_Rail_Road", "Timberland",
    "Northridge", "Stone_Brook", "South_and_West_of_Iowa_State_University", "Clear_Creek", "Meadow_Village",
    "Briardale", "Bloomington_Heights", "Veenker", "Northpark_Villa", "Blueste", "Greens", "Green_Hills", "Landmark",
]  # fmt: skip
Condition = Literal[
    "Average", "Above_Average", "Good", "Very_Good", "Below_Average", "Fair", "Excellent", "Poor", "Very_Poor",
]  # fmt: skip
Zoning = Literal[
    "Residential_Low_Density", "Residential_Medium_Density", "Floating_Village_Residential",
    "Residential_High_Density", "C_all", "I_all", "A_agr",
]  # fmt: skip
Style = Literal[
    "One_Story", "Two_Story", "One_and_Half_Fin", "SLvl", "SFoyer", "Two_and_Half_Unf", "One_and_Half_Unf",
    "Two_and_Half_Fin",
]  # fmt: skip
Finish = Literal["GLQ", "Unf", "ALQ", "Rec", "BLQ", "LwQ", "No_Basement"]
Exposure = Literal["No", "Av", "Gd", "Mn", "No_Basement"]
Functional = Literal["Typ", "Min2", "Min1", "Mod", "Maj1", "Maj2", "Sev", "Sal"]
Sale = Literal["Normal", "Partial", "Abnorml", "Family", "Alloca", "AdjLand"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """One house in Ames, Iowa; ranges are those of the 2,930 sales, the defaults a usual house in North Ames."""

    neighborhood: Annotated[Neighborhood, Label("Neighbourhood")] = "North_Ames"
    gr_liv_area: Annotated[int, Range(334, 5_642, 1), Label("Living area", "Above ground.", "sq ft")] = 1_200
    second_flr_sf: Annotated[int, Range(0, 2_065, 1), Label("Of it, second floor", "", "sq ft")] = 0
    total_bsmt_sf: Annotated[int, Range(0, 6_110, 1), Label("Basement", "0 where there is none.", "sq ft")] = 1_031
    bsmt_unf_sf: Annotated[int, Range(0, 2_336, 1), Label("Of it, unfinished", "", "sq ft")] = 398
    bsmtfin_type_1: Annotated[
        Finish, Label("Basement finish", "GLQ good, ALQ average, BLQ below average, LwQ low, Rec recreation, Unf none.")
    ] = "ALQ"
    bsmt_exposure: Annotated[Exposure, Label("Basement exposure", "Walk-out or garden walls: Gd, Av, Mn, No.")] = "No"
    lot_area: Annotated[int, Range(1_300, 215_245, 1), Label("Lot", "", "sq ft")] = 9_500
    year_built: Annotated[int, Range(1_872, 2_010, 1), Label("Built")] = 1_959
    year_remod_add: Annotated[
        int, Range(1_950, 2_010, 1), Label("Remodelled", "The year built where it never was; 1950 stands for earlier.")
    ] = 1_964
    overall_cond: Annotated[Condition, Label("Overall condition")] = "Average"
    ms_zoning: Annotated[Zoning, Label("Zoning")] = "Residential_Low_Density"
    bldg_type: Annotated[
        Literal["OneFam", "TwnhsE", "Duplex", "Twnhs", "TwoFmCon"], Label("Building", "TwnhsE: end of a row.")
    ] = "OneFam"
    house_style: Annotated[Style, Label("Style", "SLvl split level, SFoyer split foyer.")] = "One_Story"
    full_bath: Annotated[int, Range(0, 4, 1), Label("Full bathrooms", "Above ground.")] = 1
    half_bath: Annotated[int, Range(0, 2, 1), Label("Half bathrooms", "Above ground.")] = 0
    bsmt_full_bath: Annotated[int, Range(0, 3, 1), Label("Full bathrooms in the basement")] = 0
    bedroom_abvgr: Annotated[int, Range(0, 8, 1), Label("Bedrooms", "Above ground.")] = 3
    kitchen_abvgr: Annotated[int, Range(0, 3, 1), Label("Kitchens", "Above ground.")] = 1
    fireplaces: Annotated[int, Range(0, 4, 1), Label("Fireplaces")] = 0
    garage_cars: Annotated[int, Range(0, 5, 1), Label("Garage", "0 where there is none.", "cars")] = 2
    garage_area: Annotated[int, Range(0, 1_488, 1), Label("Garage area", "", "sq ft")] = 418
    central_air: Annotated[Literal["Y", "N"], Label("Central air conditioning")] = "Y"
    functional: Annotated[
        Functional, Label("Functionality", "Typ typical; Min, Mod, Maj deductions; Sev, Sal damaged.")
    ] = "Typ"
    sale_condition: Annotated[
        Sale, Label("Sale", "Normal; Partial: not finished when assessed; Abnorml: foreclosure or trade.")
    ] = "Normal"


SYNONYMS: dict[str, tuple[str, ...]] = {
    "gr_liv_area": ("living area", "living sqft", "sqft living", "above ground living area"),
    "first_flr_sf": ("1st Flr SF", "1stFlrSF", "X1stFlrSF"),
    "second_flr_sf": ("2nd Flr SF", "2ndFlrSF", "X2ndFlrSF", "second floor area"),
    "three_season_porch": ("3Ssn Porch", "3SsnPorch", "X3SsnPorch"),
    "total_bsmt_sf": ("basement area", "sqft basement"),
    "bsmtfin_sf_2": ("BsmtFin SF 2",),
    "lot_area": ("lot size", "sqft lot"),
    "neighborhood": ("neighbourhood",),
    "year_sold": ("Yr Sold", "YrSold"),
    "year_remod_add": ("Year Remod/Add", "year remodelled"),
    "bedroom_abvgr": ("bedrooms",),
    "kitchen_abvgr": ("kitchens",),
    "totrms_abvgrd": ("rooms",),
    "full_bath": ("full bathrooms",),
    "half_bath": ("half bathrooms",),
    "mas_vnr_area": ("masonry veneer area",),
    "misc_feature": ("miscellaneous feature",),
    "central_air": ("air conditioning",),
}
"""Other names of columns, those of the Kaggle and De Cock files among them."""

"""The facts of one check date, as lazy frames of whatever engine runs them.

A person_id is the whole number of an identity number's first 17 digits: the 18th character follows from them. Amounts
are whole fen, areas ten-thousandths of a square metre, shares and ratios millionths, months whole numbers.
Every frame is limited to active members of active households and to deliveries that cover the household's county.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rules.expressions import Lazy


@dataclass(frozen=True)
class Facts:
    """Frames by name; the functions in this package say how each is made.

    households            household_id, county, main_program, programme flags, urban_rural, started_on, is_admitted,
                          active_members, the county's policy values (p_*)
    members               household_id, person_id, name_key, is_admitted, has_enrolment, p_minor_age, p_retirement_age,
                          p_survey_from, p_exclude_basic_pension
    registration          members whose registration is remarkable: has_record, status, status_date, registered_name_key
    vehicles              household_id, person_id, plate_no, plate_type, vehicle_type, first_registered_on
    declared_assets       household_id, asset_kind, asset_no
    property_units        household_id, person_id, unit_no, usage, area_m2_e4, share_e6
    observed_income       household_id, person_id, payer, income_item, income_fen, months (counted rows in window W)
    counted_tax_months    household_id, person_id, tax_anchor_month, first_month, last_month of counted tax rows of members
                          willing to work that touch the last quarter that the oldest tax data in force can
                          show, or a later month
    observed_pensions     household_id, person_id, insurance_type, amount_fen (in window W)
    income                household_id, declared_*, observed_*, countable_e6 per admitted household
    certificates          household_id, person_id, category, grade, valid on the check date
    labour                household_id, person_id, labour_capacity, labour_willingness, is_admitted, tax_anchor_month (the
                          earlier of the check date's month and that of the county's newest tax data)
    household_safety      household_id, housing_grade, housing_surveyed_on, water_safe, water_surveyed_on
    poverty_return_risk   household_id, label, factors
    """

    as_of: dt.date
    households: Lazy
    members: Lazy
    registration: Lazy
    vehicles: Lazy
    declared_assets: Lazy
    property_units: Lazy
    observed_income: Lazy
    counted_tax_months: Lazy
    observed_pensions: Lazy
    income: Lazy
    certificates: Lazy
    labour: Lazy
    household_safety: Lazy
    poverty_return_risk: Lazy
    vehicle_exempt_types: Lazy
    exempt_type_lengths: tuple[int, ...]
    property_counted_usages: Lazy

-- One statement by hand: from the accepted rows of one county, one delivery a feed, to every hit of the fifteen rules.
-- A person is the whole number of the first 17 digits, in the item key too. bench/bare.py fills in paths and policy values. Amounts are fen, areas 1/10,000 m2, shares and ratios millionths.
with
roster as (
  select household_id, program, applicant_id, urban_rural, persons_covered, started_on,
         coalesce(township_code, '') as township,
         list_position(['低保', '特困', '低保边缘', '刚性支出困难', '防返贫监测', '退出未满两年'], program) as rank
  from read_parquet('$assistance_roster')
  where started_on <= date '$as_of' and (ended_on is null or ended_on > date '$as_of')
),
located as (
  select *, regexp_full_match(township, '[0-9]{12}') and ($known_area) as is_valid,
         regexp_full_match(substr(township, 1, 6), '[1-9][0-9]{5}') and starts_with(township, '$area') as is_inside
  from roster
),
household as (
  select household_id, arg_min(applicant_id, rank) as applicant_id, arg_min(program, rank) as program,
         arg_min(urban_rural, rank) as urban_rural, arg_min(persons_covered, rank) as persons_covered,
         arg_min(started_on, rank) as started_on, arg_min(is_valid, rank) as is_valid,
         min(rank) <= 2 as has_basic, min(rank) <= 4 as has_enrolment
  from located where is_inside or not is_valid group by household_id
),
listed as (
  select m.household_id, m.person_id, m.name_key
  from read_parquet('$household_members') m semi join household using (household_id)
  where (m.joined_on is null or m.joined_on <= date '$as_of') and (m.left_on is null or m.left_on > date '$as_of')
),
declaration as (
  select household_id, max(declared_on) as declared_on,
         arg_max(wage_income_fen + business_income_fen + property_income_fen, declared_on) as earnings,
         arg_max(pension_income_fen, declared_on) as pension, arg_max(transfer_income_fen, declared_on) as transfer
  from read_parquet('$declarations') where declared_on <= date '$as_of' group by household_id
),
authorisation as (select * from read_parquet('$authorisations')),
revoked as (
  select household_id, person_id, max(revoked_on) as revoked_on
  from authorisation where revoked_on <= date '$as_of' group by all
),
consent as (
  select distinct a.household_id, a.person_id
  from authorisation a left join revoked r using (household_id, person_id)
  where a.signed_on <= date '$as_of' and (a.valid_until is null or a.valid_until >= date '$as_of')
    and (a.revoked_on is null or a.revoked_on > date '$as_of')
    and (r.revoked_on is null or a.signed_on > r.revoked_on)
),
counted as (
  select l.household_id, count(*) as heads, count(c.person_id) as consenting,
         bool_or(l.person_id = h.applicant_id) as has_applicant
  from listed l join household h using (household_id) left join consent c using (household_id, person_id)
  group by l.household_id
),
home as (
  select h.*, coalesce(c.heads, 0) as heads, d.declared_on, d.earnings, d.pension, d.transfer,
         (case h.urban_rural when '城市' then $standard_urban else $standard_rural end)::bigint as standard,
         h.is_valid and d.household_id is not null and coalesce(
           c.heads >= h.persons_covered and c.consenting = c.heads and c.has_applicant, false) as is_admitted
  from household h left join counted c using (household_id) left join declaration d using (household_id)
),
person as (
  select l.household_id, l.person_id, l.name_key, h.is_admitted, h.is_valid, h.has_basic, h.has_enrolment, h.started_on
  from listed l join home h using (household_id)
),
consented as (select household_id, person_id from person where is_admitted),
registered as (
  select p.household_id, p.person_id, p.name_key, p.started_on, r.status, r.status_date, r.name_key as registered_key
  from person p join read_parquet('$household_registration') r using (person_id)
  where p.is_valid and (p.name_key <> r.name_key or r.status <> '正常')
),
enrolled as (select household_id, person_id, is_valid from person where has_enrolment),
several as (select person_id from enrolled group by person_id having count(*) > 1),
doubled as (select * from enrolled semi join several using (person_id)),
last_assets as (
  select household_id, asset_kind, asset_no, declared_on, max(declared_on) over (partition by household_id) as newest
  from read_parquet('$declared_assets') where declared_on <= date '$as_of'
),
declared_asset as (
  select a.household_id, a.asset_kind, a.asset_no
  from last_assets a join declaration d using (household_id)
  where a.declared_on = a.newest and a.declared_on >= d.declared_on
),
vehicle as (
  select c.household_id, v.plate_no
  from read_parquet('$vehicles') v join consented c using (person_id)
  where not regexp_matches(v.status, '[BEMP]') and not regexp_matches(v.vehicle_type, '^($exempt_types)')
),
unit as (
  select c.household_id, c.person_id, u.unit_no, u.usage, max(u.area_m2_e4) as area, max(u.share_e6) as share
  from read_parquet('$property') u join consented c using (person_id) where u.status = '现势' group by all
),
dwelling as (
  select household_id, unit_no, max(area) * least(sum(share), 1000000)::bigint as held
  from unit where usage = '住宅' group by all
),
dwellings as (select household_id, count(*) as n, sum(held)::bigint as held from dwelling group by all),
tax as (
  select c.household_id, c.person_id, t.withholding_agent as payer, t.income_item, t.period_index as first_month,
         t.period_index + t.period_months - 1 as last_month, t.period_months, t.income_fen
  from read_parquet('$tax') t join consented c using (person_id) where t.income_item in ($counted_items)
),
in_window as (select * from tax where first_month >= $month - 12 and last_month < $month),
long_period as (select * from in_window where period_months > 1),
taken as (
  select s.household_id, s.person_id, s.payer, s.income_item, s.income_fen
  from in_window s anti join long_period l
    on s.household_id = l.household_id and s.person_id = l.person_id and s.payer = l.payer
    and s.income_item = l.income_item and l.period_months > s.period_months
    and s.first_month <= l.last_month and s.last_month >= l.first_month
),
earned as (
  select household_id, person_id, payer, income_item, sum(income_fen)::bigint as amount from taken group by all
),
paid as (
  select c.household_id, c.person_id, p.insurance_type,
         sum(p.amount_fen - case when $exclude_basic and p.insurance_type = '城乡居民' then p.basic_amount_fen else 0 end)
           ::bigint as amount
  from read_parquet('$pensions') p join consented c using (person_id)
  where p.period_index between $month - 12 and $month - 1 group by all
),
earned_sum as (
  select household_id, sum(amount)::bigint as amount,
         sum(case when income_item in ('工资薪金', '劳务报酬') then amount else 0 end)::bigint as deductible
  from earned group by all
),
paid_sum as (select household_id, sum(amount)::bigint as amount from paid group by all),
income as (
  select h.household_id, h.program, h.heads, h.standard, h.earnings, h.pension,
         coalesce(e.amount, 0) as observed_earnings, coalesce(p.amount, 0) as observed_pension,
         (greatest(h.earnings * 1000000,
                   coalesce(e.amount, 0) * 1000000 - $job_cost_ppm * coalesce(e.deductible, 0))
          + greatest(h.pension, coalesce(p.amount, 0)) * 1000000 + h.transfer * 1000000)::bigint as countable
  from home h left join earned_sum e using (household_id) left join paid_sum p using (household_id)
  where h.is_admitted
),
limited as (
  select *, (case program $limit_factors end)::bigint * standard * 12 * heads as standard_limit,
         earnings * 1000000 + greatest($tolerance_ppm * earnings, standard * 1000000) as earnings_limit,
         pension * 1000000 + greatest($tolerance_ppm * pension, standard * 1000000) as pension_limit
  from income
),
certificate as (
  select person_id, category::int as category, grade::int as grade from read_parquet('$disability')
  where (issued_on is null or issued_on <= date '$as_of') and (valid_until is null or valid_until >= date '$as_of')
),
answer as (
  select person_id, max(surveyed_on) as on, arg_max(labour_willingness, surveyed_on) as willingness
  from read_parquet('$person_surveys') where surveyed_on <= date '$as_of' group by all
),
labour as (
  select p.household_id, p.person_id, p.is_admitted, p.is_valid, p.has_basic, c.category, c.grade,
         ($as_of_number - p.person_id // 1000 % 100000000) // 10000 as age,
         case when age < $minor_age or age >= $retirement_age then 'none'
              when c.grade <= 3 and c.category in (5, 6) or c.grade <= 2 and c.category = 4
                   or c.grade = 1 and c.category = 1 then 'none'
              when c.category is not null then 'partial' else 'full' end as capacity,
         a.on >= date '$survey_from' and a.willingness = '有' and capacity <> 'none' as is_willing
  from person p left join certificate c using (person_id) left join answer a using (person_id)
),
survey as (
  select household_id,
         max(surveyed_on) filter (housing_grade is not null) as housing_on,
         arg_max(housing_grade, surveyed_on) filter (housing_grade is not null) as housing,
         max(surveyed_on) filter (water_safe is not null) as water_on,
         arg_max(water_safe, surveyed_on) filter (water_safe is not null) as water
  from read_parquet('$household_surveys') where surveyed_on <= date '$as_of' group by all
),
safety as (
  select household_id, case when housing_on >= date '$survey_from' then housing end as housing,
         case when water_on >= date '$survey_from' then water end as water
  from survey
),
idle_hands as (select household_id from labour group by household_id having bool_and(capacity <> 'full')),
risk as (
  select h.household_id,
         [case when s.housing in ('C', 'D') then 'housing_safety' end,
          case when i.countable < i.standard * i.heads * 12000000 then 'income_below_standard' end,
          case when l.household_id is not null then 'labour_capacity' end,
          case when s.water = '否' then 'water_safety' end] as states,
         list_filter(states, lambda name: name is not null) as factors
  from home h left join safety s using (household_id) left join income i using (household_id)
       left join idle_hands l using (household_id)
  where h.is_valid and not h.has_basic
)
select 'deceased_member' as rule, household_id, concat(person_id, '|', status_date) as item_key
from registered where status = '死亡注销' and (status_date is null or status_date <= date '$as_of')
union all
select 'registration_cancelled', household_id, concat(person_id, '|', status_date)
from registered where status in ('迁出', '其他注销') and (status_date is null or status_date <= date '$as_of')
union all
select 'identity_mismatch', household_id, person_id::varchar
from registered where name_key <> '' and registered_key <> '' and name_key <> registered_key
union all
select 'enrolled_twice', a.household_id, concat(a.person_id, '|', b.household_id)
from doubled a join doubled b using (person_id) where a.household_id <> b.household_id and a.is_valid
union all
select distinct 'undeclared_vehicle', v.household_id, v.plate_no
from vehicle v anti join declared_asset d
  on d.asset_kind = '机动车' and d.household_id = v.household_id and d.asset_no = v.plate_no
union all
select distinct 'undeclared_property', u.household_id, u.unit_no
from unit u anti join declared_asset d
  on d.asset_kind = '房产' and d.household_id = u.household_id and d.asset_no = u.unit_no
where u.usage in ($counted_usages)
union all
select 'dwellings_over_limit', d.household_id, d.unit_no
from dwelling d join dwellings s using (household_id) join home h using (household_id)
where s.n >= $dwellings_limit and s.held > $area_per_head_e4::bigint * h.heads * 1000000::bigint
union all
select 'undeclared_earnings', e.household_id, concat(e.person_id, '|', e.payer, '|', e.income_item)
from earned e join limited i using (household_id) where i.observed_earnings * 1000000 > i.earnings_limit
union all
select 'undeclared_pension', p.household_id, concat(p.person_id, '|', p.insurance_type)
from paid p join limited i using (household_id) where i.observed_pension * 1000000 > i.pension_limit
union all
select 'income_over_standard', household_id, concat(program, '|', countable * 10 // standard_limit)
from limited where countable > standard_limit
union all
select 'unsafe_housing', s.household_id, s.housing
from safety s join home h using (household_id) where s.housing in ('C', 'D') and h.is_valid
union all
select 'unsafe_water', s.household_id, s.water
from safety s join home h using (household_id) where s.water = '否' and h.is_valid
union all
select 'severe_disability_uncovered', household_id, person_id::varchar
from labour where not has_basic and is_valid and (grade <= 2 or grade = 3 and category in (5, 6))
union all
select 'willing_without_work', household_id, person_id::varchar
from labour l where is_willing and is_admitted and not exists (
  from tax t where t.household_id = l.household_id and t.person_id = l.person_id
    and t.first_month <= $anchor - 1 and t.last_month >= $anchor - 3)
union all
select 'poverty_return_risk', household_id, array_to_string(factors, ',') from risk where len(factors) >= $min_factors
